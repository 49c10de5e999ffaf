package engine

import (
	"slices"
	"strings"
)

// source says where the proof is.
func (s *Session) source(c *check, v view, t trigger) string {
	if c.deps.Output && v.cmd != nil {
		return v.cmd.source()
	}
	if object := s.proof(c, v, t); object != nil {
		return reference(object)
	}
	return ""
}

// detail says what the source shows.
func (s *Session) detail(c *check, v view, t trigger) string {
	if c.deps.Output && v.cmd != nil {
		return decisiveLine(c, v)
	}
	if object := s.proof(c, v, t); object != nil {
		return summary(object)
	}
	return ""
}

// proof is the object or Event that shows that an outcome is met: the revision
// that has just arrived if its expression speaks of that, else the latest Event
// that it speaks of, else the first object that it names, as it is or was last.
func (s *Session) proof(c *check, v view, t trigger) map[string]any {
	if t.object != nil && slices.ContainsFunc(t.names, c.deps.Watches) {
		return t.object
	}
	for _, name := range c.deps.Names() {
		if events := v.Events(name); c.deps.Events[name] && len(events) > 0 {
			if event, ok := events[len(events)-1].(map[string]any); ok {
				return event
			}
		}
	}
	for _, name := range c.deps.Names() {
		if object, ok := v.Object(name).(map[string]any); ok {
			return object
		}
	}
	for _, name := range c.deps.Names() {
		if history := v.History(name); len(history) > 0 {
			if object, ok := history[len(history)-1].(map[string]any); ok {
				return object
			}
		}
	}
	return nil
}

// maxLines is of how many lines of output each is tried by itself.
const maxLines = 200

// decisiveLine is the line of a command's output that would have met the outcome
// alone. Where it takes several, it is "".
func decisiveLine(c *check, v view) string {
	lines := strings.Split(strings.TrimSpace(v.cmd.printed.text()), "\n")
	if len(lines) > maxLines {
		return ""
	}
	for _, line := range lines {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		alone := *v.cmd
		alone.printed = transcript{plain: line}
		if ok, err := c.expr.Bool(view{v.s, v.step, &alone}); ok && err == nil {
			return line
		}
	}
	return ""
}
