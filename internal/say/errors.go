package say

import "fmt"

// sentence is an error that can be told in any language.
type sentence struct {
	text  Text
	inner error // as package fmt makes it
}

// Errorf is fmt.Errorf with an error that [In] tells in any language.
func Errorf(format string, args ...any) error {
	inner := fmt.Errorf(format, args...)
	return &sentence{Text{english: inner.Error(), key: format, args: args}, inner}
}

// Error is the error of a text.
func Error(t Text) error { return &sentence{text: t} }

// Error implements error, in English.
func (s *sentence) Error() string { return s.text.english }

// Said implements [Sayer].
func (s *sentence) Said() Text { return s.text }

// Unwrap gives the errors that the format wraps.
func (s *sentence) Unwrap() []error {
	switch e := s.inner.(type) { //nolint:errorlint // what this very error wraps
	case interface{ Unwrap() error }:
		return []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	}
	return nil
}
