// Package offline builds container images on the machine itself, without a
// registry, from Debian packages, C and Go programs that come with podlab,
// and the programs of podlab's own node.
//
// What an image consists of is data: one file a recipe in recipes/. The same
// recipe with the same inputs gives the same digests.
package offline
