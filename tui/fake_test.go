package tui

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/engine"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// day is the time at which everything in the fake cluster happens.
var day = time.Date(2026, 11, 22, 1, 32, 48, 0, time.UTC)

// fakeSession keeps the contract of a session on a scripted cluster: outcomes
// turn only by what was really typed, in a step that has begun, and in the
// order in which a cluster would allow it.
type fakeSession struct {
	lesson *lessons.Lesson

	mu       sync.Mutex
	statuses map[string]*engine.OutcomeStatus // by step/outcome
	begun    map[string]bool
	done     map[string]bool
	answers  map[string]string
	hints    map[string]int
	copies   map[string]string // paths of the learner's files, by name
	objects  map[string]bool   // what exists on the cluster
	current  int
	line     []byte // typed so far
	inner    bool   // a program started by the shell reads what is typed
	sizes    []string
	closed   bool
	unsent   []engine.Event
	wake     *sync.Cond
	events   chan engine.Event
	released chan struct{}
}

// effects are what the fake cluster's command lines do: what must exist, what
// then exists, what is printed, and the outcomes' evidence.
var effects = map[string]struct {
	needs, makes string
	prints       string
	met          map[string]string
}{
	"kubectl create namespace mem-example": {
		makes: "namespace", prints: "namespace/mem-example created",
		met: map[string]string{"namespace/created": "Namespace mem-example Active"},
	},
	"kubectl apply -f memory-request-limit-2.yaml": {
		needs: "namespace", makes: "pod", prints: "\x1b[32mpod/memory-demo-2 created\x1b[0m",
		met: map[string]string{"exceed/oom-killed": "memory-demo-2-ctr, exit 137"},
	},
	"kubectl get pods": {
		needs: "pod", prints: "NAME            READY   STATUS             RESTARTS\r\nmemory-demo-2   0/1     CrashLoopBackOff   2",
		met: map[string]string{"exceed/restarted": "restartCount 2"},
	},
	"kubectl delete namespace mem-example": {
		needs: "namespace", prints: `namespace "mem-example" deleted`,
		met: map[string]string{"clean/gone": "Namespace mem-example is gone"},
	},
}

func newFakeSession(l *lessons.Lesson) *fakeSession {
	s := &fakeSession{
		lesson: l, statuses: map[string]*engine.OutcomeStatus{}, begun: map[string]bool{}, done: map[string]bool{},
		answers: map[string]string{}, hints: map[string]int{},
		objects: map[string]bool{}, events: make(chan engine.Event), released: make(chan struct{}),
	}
	s.wake = sync.NewCond(&s.mu)
	for _, step := range l.Steps {
		for _, o := range step.Outcomes {
			s.statuses[step.ID+"/"+o.ID] = &engine.OutcomeStatus{Step: step.ID, Outcome: o.ID, State: engine.Pending}
		}
	}
	s.begin(0)
	go s.deliver()
	return s
}

func (s *fakeSession) deliver() {
	defer close(s.events)
	for {
		s.mu.Lock()
		for len(s.unsent) == 0 && !s.closed {
			s.wake.Wait()
		}
		batch := s.unsent
		s.unsent = nil
		closed := s.closed
		s.mu.Unlock()
		if closed {
			return
		}
		for _, e := range batch {
			select {
			case s.events <- e:
			case <-s.released:
				return
			}
		}
	}
}

// tell queues events; s.mu is held but during newFakeSession.
func (s *fakeSession) tell(events ...engine.Event) {
	s.unsent = append(s.unsent, events...)
	s.wake.Broadcast()
}

// emit is tell for tests.
func (s *fakeSession) emit(events ...engine.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(events...)
}

func (s *fakeSession) print(text string) { s.tell(engine.ShellOutput{Data: []byte(text)}) }

func (s *fakeSession) begin(i int) {
	s.current = i
	s.begun[s.lesson.Steps[i].ID] = true
	s.tell(engine.StepStarted{Step: s.lesson.Steps[i].ID, At: day})
}

func (s *fakeSession) Events() <-chan engine.Event { return s.events }

func (s *fakeSession) Snapshot() engine.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap := engine.Snapshot{Lesson: s.lesson.ID, Step: s.lesson.Steps[s.current].ID, Begun: map[string]bool{}, Done: map[string]bool{}, ClusterUp: true}
	for id := range s.begun {
		snap.Begun[id] = true
	}
	for id := range s.done {
		snap.Done[id] = true
	}
	snap.Spent, snap.Solved = 4*time.Minute, map[string]bool{"namespace": true}
	snap.Answers, snap.Hints = maps.Clone(s.answers), maps.Clone(s.hints)
	for _, o := range s.statuses {
		snap.Outcomes = append(snap.Outcomes, *o)
	}
	return snap
}

func (s *fakeSession) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, engine.ErrClosed
	}
	if len(p) == 0 {
		s.print("$ ")
	}
	for _, b := range p {
		switch b {
		case '\r':
			s.print("\r\n")
			line := string(s.line)
			s.line = nil
			s.run(line)
		case 3:
			s.line, s.inner = nil, false
			s.print("^C\r\n$ ")
		case 5: // the cursor stands there
		case 21:
			s.print(strings.Repeat("\b \b", len(s.line)))
			s.line = nil
		case 0x7f:
			if n := len(s.line); n > 0 {
				s.line = s.line[:n-1]
				s.print("\b \b")
			}
		default:
			s.line = append(s.line, b)
			s.print(string(b))
		}
	}
	return len(p), nil
}

// run does what a command line does; s.mu is held.
func (s *fakeSession) run(line string) {
	if s.inner {
		s.print("inner: " + line + "\r\n")
		if line == "exit" {
			s.inner = false
			s.tell(engine.CommandFinished{Line: "kubectl attach", At: day})
			s.print("$ ")
		}
		return
	}
	if line == "" {
		s.print("$ ")
		return
	}
	s.tell(engine.CommandStarted{Line: line, At: day})
	if line == "kubectl attach" {
		s.inner = true
		return
	}
	exit := 0
	e, known := effects[line]
	switch {
	case !known:
		exit = 127
		s.print("bash: " + line + ": command not found\r\n")
	case e.needs != "" && !s.objects[e.needs]:
		exit = 1
		s.print("Error from server (NotFound)\r\n")
	default:
		s.print(e.prints + "\r\n")
		if e.makes != "" {
			s.objects[e.makes] = true
		}
		for id, text := range e.met {
			s.meet(id, text)
		}
	}
	s.tell(engine.CommandFinished{Line: line, Exit: exit, At: day})
	s.print("$ ")
}

func (s *fakeSession) meet(id, text string) {
	o := s.statuses[id]
	if o == nil || o.State == engine.Met || !s.begun[o.Step] {
		return
	}
	o.State, o.Mismatch = engine.Met, nil
	o.Evidence = &engine.Evidence{
		Text: text, At: day, After: 1200 * time.Millisecond,
		Source: "Pod mem-example/memory-demo-2 @1234", Detail: "OOMKilled 0/1, restarts 2",
	}
	o.MetIn = 1200 * time.Millisecond
	s.tell(engine.OutcomeChanged{Status: *o, At: day})
	for _, other := range s.statuses {
		if other.Step == o.Step && other.State != engine.Met && other.State != engine.Unavailable {
			return
		}
	}
	s.done[o.Step] = true
	s.tell(engine.StepDone{Step: o.Step, At: day})
	if len(s.done) == len(s.lesson.Steps) {
		s.tell(engine.LessonDone{At: day})
	}
}

func (s *fakeSession) Resize(cols, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sizes = append(s.sizes, fmt.Sprintf("%dx%d", cols, rows))
}

func (s *fakeSession) Type(line string) error {
	_, err := s.Write([]byte(line + "\r"))
	return err
}

func (s *fakeSession) Run(line string) error {
	s.mu.Lock()
	busy := s.inner
	s.mu.Unlock()
	if busy {
		return engine.ErrRunning
	}
	return s.Type(line)
}

func (s *fakeSession) step(id string) (int, error) {
	i := slices.IndexFunc(s.lesson.Steps, func(st lessons.Step) bool { return st.ID == id })
	if i < 0 {
		return 0, fmt.Errorf("lesson %s has no step %q", s.lesson.ID, id)
	}
	return i, nil
}

func (s *fakeSession) Goto(step string) error {
	i, err := s.step(step)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return engine.ErrClosed
	}
	if i != s.current {
		s.begin(i)
	}
	return nil
}

func (s *fakeSession) Solve(ctx context.Context, step string) error {
	if err := s.Goto(step); err != nil {
		return err
	}
	i, _ := s.step(step)
	for _, c := range s.lesson.Steps[i].Commands {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.Type(c.Run); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.done[step] {
		return fmt.Errorf("step %s is not done", step)
	}
	return nil
}

func (s *fakeSession) Answer(step, answer string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.lesson.Steps, func(st lessons.Step) bool { return st.ID == step })
	if i < 0 || s.lesson.Steps[i].Question == nil || !slices.Contains(s.lesson.Steps[i].Question.Answers, answer) {
		return fmt.Errorf("step %s has no answer %q", step, answer)
	}
	if s.answers[step] == "" {
		s.answers[step] = answer
	}
	return nil
}

func (s *fakeSession) Edited() (map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edited := map[string]string{}
	for name, path := range s.copies {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if name != "memory-request-limit-2.yaml" || string(data) != manifest {
			edited[name] = string(data)
		}
	}
	return edited, nil
}

func (s *fakeSession) File(name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := s.copies[name]
	if path == "" {
		return "", fmt.Errorf("no file %q", name)
	}
	return path, nil
}

func (s *fakeSession) Hinted(step string, shown int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hints[step] = max(s.hints[step], shown)
	return nil
}

func (s *fakeSession) CatchUp(ctx context.Context) error {
	s.mu.Lock()
	current := s.current
	s.mu.Unlock()
	for _, st := range s.lesson.Steps[:current] {
		if err := s.Solve(ctx, st.ID); err != nil {
			return err
		}
	}
	return s.Goto(s.lesson.Steps[current].ID)
}

func (s *fakeSession) Skip(ctx context.Context, step string) error {
	target, err := s.step(step)
	if err != nil {
		return err
	}
	for _, st := range s.lesson.Steps[:target] {
		s.mu.Lock()
		done := s.done[st.ID]
		s.mu.Unlock()
		if done {
			continue
		}
		if err := s.Solve(ctx, st.ID); err != nil {
			return err
		}
	}
	return s.Goto(step)
}

func (s *fakeSession) ResetStep(ctx context.Context, step string) error {
	i, err := s.step(step)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(step)
	s.tell(engine.StepReset{Step: step, At: day})
	s.begin(i)
	return ctx.Err()
}

func (s *fakeSession) ResetLesson(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.lesson.Steps {
		s.forget(st.ID)
	}
	s.objects = map[string]bool{}
	s.tell(engine.StepReset{At: day})
	s.begin(0)
	return ctx.Err()
}

func (s *fakeSession) forget(step string) {
	delete(s.done, step)
	for _, o := range s.statuses {
		if o.Step == step {
			*o = engine.OutcomeStatus{Step: o.Step, Outcome: o.Outcome, State: engine.Pending}
		}
	}
}

func (s *fakeSession) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.released)
		s.wake.Broadcast()
	}
	return nil
}

// fakeCluster starts when it is let go.
type fakeCluster struct {
	progress []cluster.Progress
	hold     chan struct{} // Start waits for it, if not nil

	mu    sync.Mutex
	fails []error // of the next starts
	count int
	later int // how many looks find a node that is not ready yet
}

func (c *fakeCluster) Start(ctx context.Context, report func(cluster.Progress)) error {
	for _, p := range c.progress {
		report(p)
	}
	c.mu.Lock()
	c.count++
	var err error
	if len(c.fails) > 0 {
		err, c.fails = c.fails[0], c.fails[1:]
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}
	if c.hold != nil {
		select {
		case <-c.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (c *fakeCluster) Status(context.Context) (cluster.Status, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ready := c.later == 0
	c.later = max(c.later-1, 0)
	return cluster.Status{
		Provider: "embedded", State: cluster.Running, Kubernetes: "v1.36.3",
		Nodes: []cluster.NodeStatus{{Name: "worker-1", Ready: true}, {Name: "worker-2", Ready: ready}},
	}, nil
}

var errPort = errors.New("port 6443 is taken: stop the program that uses it")

// stages are what a start looks like half way.
var stages = []cluster.Progress{
	{Stage: cluster.StageNodeBinary, Done: 812, Total: 812, Unit: "packages", Finished: true},
	{Stage: cluster.StageImages, Done: 2, Total: 6, Unit: "images", Detail: say.Plain(strings.Repeat("registry.k8s.io/", 4) + "pause:3.10")},
	{Stage: cluster.StageControlPlane},
}
