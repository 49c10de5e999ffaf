package engine

import (
	"encoding/json"

	"github.com/podlab/podlab/engine/journal"
	"github.com/podlab/podlab/lessons"
)

// StepsDone counts the lesson's steps that its journal says are done. The
// journal may be in use by an open session. Without a journal it is 0.
func StepsDone(path string, l *lessons.Lesson) (int, error) {
	done := map[string]bool{}
	err := journal.Read(path, func(line json.RawMessage) {
		var r record
		if json.Unmarshal(line, &r) != nil {
			return // what Open skips, too
		}
		switch {
		case r.Type == recDone:
			done[r.Step] = true
		case r.Type == recReset && r.Step == "":
			clear(done)
		case r.Type == recReset:
			delete(done, r.Step)
		}
	})
	n := 0
	for _, s := range l.Steps {
		if done[s.ID] {
			n++
		}
	}
	return n, err
}
