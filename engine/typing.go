package engine

import (
	"context"
	"strings"
	"time"
)

// typeAll sends what is typed to the terminal: at once, or with cfg.Typing as a
// person types, a key after another and a moment's thought before Enter.
func (s *Session) typeAll(ctx context.Context, text string) error {
	if s.cfg.Typing <= 0 {
		_, err := s.shell.Write([]byte(text))
		return err
	}
	for i, r := range text {
		pause := s.cfg.Typing
		switch {
		case r == '\r':
			pause *= 6
		case strings.ContainsRune(" -/.", r):
			pause = pause * 3 / 2
		}
		if i == 0 {
			pause = 0
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return cause(ctx, ctx.Err())
		case <-s.ctx.Done():
			return ErrClosed
		}
		if _, err := s.shell.Write([]byte(string(r))); err != nil {
			return err
		}
	}
	return nil
}
