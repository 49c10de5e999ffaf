package content_test

import (
	"testing"

	"github.com/podlab/podlab/content"
)

func TestDetect(t *testing.T) {
	for _, test := range []struct {
		explicit string
		env      map[string]string
		want     content.Lang
		note     string
	}{
		{"", nil, content.English, ""},
		{"", map[string]string{"LANG": "ja_JP.UTF-8"}, content.Japanese, ""},
		{"", map[string]string{"LANG": "ja_JP.UTF-8", "LC_ALL": "uk_UA.UTF-8"}, content.Ukrainian, ""},
		{"", map[string]string{"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "pt_BR.UTF-8"}, content.Portuguese, ""},
		{"", map[string]string{"LANG": "pt_PT.UTF-8@euro"}, content.Portuguese, ""},
		{"", map[string]string{"LANG": "zh_CN.GB18030"}, content.Chinese, ""},
		{"", map[string]string{"LANG": "zh_TW.UTF-8"}, content.Chinese, "podlab has Chinese in simplified characters only: it is used for zh_TW"},
		{"", map[string]string{"LANG": "en_GB"}, content.English, ""},
		{"", map[string]string{"LANG": "C.UTF-8"}, content.English, ""},
		{"", map[string]string{"LANG": "POSIX"}, content.English, ""},
		{"", map[string]string{"LANG": "de_DE.UTF-8"}, content.English, "podlab does not speak de_DE (LANG): English is used"},
		{"ja", map[string]string{"LC_ALL": "uk_UA.UTF-8"}, content.Japanese, ""},
		{"pt-BR", nil, content.Portuguese, ""},
		{"zh-Hant", nil, content.Chinese, "podlab has Chinese in simplified characters only: it is used for zh-Hant"},
		{"!", nil, content.English, "--lang=! is not a language that podlab knows: English is used"},
	} {
		lang, note := content.Detect(test.explicit, func(name string) string { return test.env[name] })
		if lang != test.want || note != test.note {
			t.Errorf("%q %v: got %s %q, want %s %q", test.explicit, test.env, lang, note, test.want, test.note)
		}
	}
}
