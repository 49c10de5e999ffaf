package tui

import (
	"context"
	"sync"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"github.com/podlab/podlab/content"
)

// chosenLang is the language that the learner has chosen last, and is to be kept.
type chosenLang struct {
	mu   sync.Mutex
	lang atomic.Value // a content.Lang
}

// speak is setLang for a language that the learner chooses, and keeps it. One that
// cannot be kept is chosen again next time.
func (m *Model) speak(lang content.Lang) tea.Cmd {
	m.setLang(lang)
	if m.cfg.KeepLang == nil {
		return nil
	}
	m.chosen.lang.Store(lang)
	return m.work.cmd(func(context.Context) tea.Msg {
		m.chosen.mu.Lock()
		defer m.chosen.mu.Unlock()
		_ = m.cfg.KeepLang(m.chosen.lang.Load().(content.Lang))
		return nil
	})
}
