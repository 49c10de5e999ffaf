// Package wrap breaks text into lines by the width it takes on a terminal.
//
// Latin and Cyrillic text breaks at spaces; Japanese and Chinese text breaks
// between any two characters, except where the rules of kinsoku forbid it: no
// line begins with a closing mark or a small kana, none ends with an opening
// bracket. A dash stays with the word before it. A word that is wider than a
// line is cut, after a joining mark such as "/" where it has one.
//
// No line is ever wider than asked for, no character is cut in two, and
// nothing but the spaces at a break is lost.
package wrap
