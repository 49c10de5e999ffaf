package content

import (
	"slices"
	"strings"
)

const upstream = "https://kubernetes.io/docs/"

// upstreamFolders are the languages' folders on kubernetes.io.
var upstreamFolders = map[Lang]string{Japanese: "ja", Ukrainian: "uk", Chinese: "zh-cn", Portuguese: "pt-br"}

// Page is the address of a page of kubernetes.io in the language, or the English
// one where the language has none: it is one of without, or not one that the
// documentation is translated to.
func (l Lang) Page(english string, without []string) string {
	folder, path := upstreamFolders[l], strings.TrimPrefix(english, upstream)
	if folder == "" || path == english || slices.Contains(without, string(l)) {
		return english
	}
	return "https://kubernetes.io/" + folder + "/docs/" + path
}
