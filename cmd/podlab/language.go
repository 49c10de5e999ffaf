package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/podlab/podlab/content"
)

// library loads the words and decides the language. A language that was asked
// for by name must be one of ours; of a locale without ours, standard error
// tells what is used instead.
func (o *options) library() (*content.Library, content.Lang, error) {
	lib, err := content.Default()
	if err != nil {
		return nil, "", err
	}
	if o.lang != "" {
		base, _, _ := strings.Cut(strings.ReplaceAll(o.lang, "_", "-"), "-")
		if !slices.Contains(content.Langs, content.Lang(strings.ToLower(base))) {
			return nil, "", fmt.Errorf("unknown language %q: use one of %s", o.lang, langNames())
		}
	}
	lang, note := content.Detect(o.lang, os.Getenv)
	if note != "" {
		_, _ = fmt.Fprintln(o.streams.Err, "podlab: "+note)
	}
	return lib, lang, nil
}
