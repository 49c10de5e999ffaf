package content_test

import (
	"testing"

	"github.com/podlab/podlab/content"
)

func TestDetect(t *testing.T) {
	lib, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		flag, config string
		env          map[string]string
		want         content.Lang
		note         string
	}{
		{"", "", nil, content.English, ""},
		{"", "", map[string]string{"LANG": "ja_JP.UTF-8"}, content.Japanese, ""},
		{"", "", map[string]string{"LANG": "ja_JP.UTF-8", "LC_ALL": "uk_UA.UTF-8"}, content.Ukrainian, ""},
		{"", "", map[string]string{"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "pt_BR.UTF-8"}, content.Portuguese, ""},
		{"", "", map[string]string{"LANG": "pt_PT.UTF-8@euro"}, content.Portuguese, ""},
		{"", "", map[string]string{"LANG": "zh_CN.GB18030"}, content.Chinese, ""},
		{"", "", map[string]string{"LANG": "zh_TW.UTF-8"}, content.Chinese, "podlab 的中文只有简体字，zh_TW 也显示为简体字。"},
		{"", "", map[string]string{"LANG": "en_GB"}, content.English, ""},
		{"", "", map[string]string{"LANG": "C.UTF-8"}, content.English, ""},
		{"", "", map[string]string{"LANG": "POSIX"}, content.English, ""},
		{"", "", map[string]string{"LANG": "de_DE.UTF-8"}, content.English, "podlab does not speak de_DE.UTF-8 (LANG), so it speaks English."},
		{"ja", "", map[string]string{"LC_ALL": "uk_UA.UTF-8"}, content.Japanese, ""},
		{"pt-BR", "", nil, content.Portuguese, ""},
		{"zh-Hant", "", nil, content.Chinese, "podlab 的中文只有简体字，zh-Hant 也显示为简体字。"},
		{"!", "", nil, content.English, "podlab does not speak ! (--lang), so it speaks English."},
		{"", "ja", nil, content.Japanese, ""},
		{"", "ja", map[string]string{"LC_ALL": "uk_UA.UTF-8"}, content.Japanese, ""},
		{"pt", "ja", map[string]string{"LC_ALL": "uk_UA.UTF-8"}, content.Portuguese, ""},
		{"", "sv", nil, content.English, "podlab does not speak sv (config.yaml), so it speaks English."},
		{"", "", map[string]string{"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}, content.English, ""},
		{"", "", map[string]string{"LANG": "zh_HK.UTF-8"}, content.Chinese, "podlab 的中文只有简体字，zh_HK 也显示为简体字。"},
		{"", "", map[string]string{"LANG": "zh_SG.UTF-8"}, content.Chinese, ""},
	} {
		wishes := []content.Wish{{Name: test.flag, From: "--lang"}, {Name: test.config, From: "config.yaml"}}
		for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
			wishes = append(wishes, content.Wish{Name: test.env[name], From: name})
		}
		lang, note := lib.Detect(wishes...)
		if lang != test.want || note != test.note {
			t.Errorf("%q %q %v: got %s %q, want %s %q", test.flag, test.config, test.env, lang, note, test.want, test.note)
		}
	}
}

func TestLangName(t *testing.T) {
	for lang, want := range map[content.Lang]string{"zh": "中文", "de": "Deutsch", "pt-PT": "português europeu", "x": "x"} {
		if got := lang.Name(); got != want {
			t.Errorf("%s is called %q, want %q", lang, got, want)
		}
	}
}
