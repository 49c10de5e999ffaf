package content_test

import (
	"testing"

	"github.com/podlab/podlab/content"
)

func TestPage(t *testing.T) {
	const page = "https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/"
	for _, tt := range []struct {
		lang          content.Lang
		page, without string
		want          string
	}{
		{content.English, page, "", page},
		{content.Japanese, page, "", "https://kubernetes.io/ja/docs/tasks/configure-pod-container/static-pod/"},
		{content.Ukrainian, page, "", "https://kubernetes.io/uk/docs/tasks/configure-pod-container/static-pod/"},
		{content.Chinese, page, "pt", "https://kubernetes.io/zh-cn/docs/tasks/configure-pod-container/static-pod/"},
		{content.Portuguese, page, "", "https://kubernetes.io/pt-br/docs/tasks/configure-pod-container/static-pod/"},
		{content.Portuguese, page, "pt", page},
		{"de", page, "", page},
		{content.Japanese, "https://example.com/docs/x", "", "https://example.com/docs/x"},
	} {
		if got := tt.lang.Page(tt.page, []string{tt.without}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.lang, got, tt.want)
		}
	}
}
