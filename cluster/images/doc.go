// Package images keeps the lab's container images in one local OCI image
// layout, under the names that the documented manifests use.
//
// An image comes from its registry, by digest, where the registry answers;
// elsewhere it is an offline stand-in built under the same name from Debian
// packages and Go programs (package offline). Every entry says which it is.
//
// The store may be used by several processes at once. A process that is
// killed leaves no half-written image: blobs are written first, each moved
// into place when complete and checked, and the index, replaced as a whole,
// names an image only when all its blobs are there.
package images
