package engine

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/podlab/podlab/engine/observe"
	"github.com/podlab/podlab/engine/shell"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// clusterScoped are the built-in kinds that have no namespace. Of other kinds
// the cluster itself says it; these are named here so that one watch serves
// every lesson object of the kind.
var clusterScoped = []string{
	"APIService", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "CSIDriver", "CSINode",
	"CustomResourceDefinition", "IngressClass", "MutatingWebhookConfiguration", "Namespace", "Node",
	"PersistentVolume", "PriorityClass", "RuntimeClass", "StorageClass", "ValidatingAdmissionPolicy",
	"ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment",
}

// selectors says what the lesson's names mean.
func selectors(l *lessons.Lesson) (map[string]observe.Selector, error) {
	all := make(map[string]observe.Selector, len(l.Objects))
	for name, o := range l.Objects {
		sel := observe.Selector{Name: o.Name, Target: observe.Target{APIVersion: o.APIVersion, Kind: o.Kind, Namespace: o.Namespace}}
		if sel.APIVersion == "" {
			sel.APIVersion = "v1"
		}
		if sel.Namespace == "" {
			sel.Namespace = l.Namespace
		}
		if slices.Contains(clusterScoped, o.Kind) {
			sel.Namespace = ""
		}
		if o.Selector != "" {
			var err error
			if sel.Labels, err = labels.Parse(o.Selector); err != nil {
				return nil, say.Errorf("lesson %s, object %s: %w", l.ID, name, err)
			}
		}
		all[name] = sel
	}
	return all, nil
}

// targets lists the watches that a lesson needs, each once.
func targets(l *lessons.Lesson, selectors map[string]observe.Selector, outcomes []compiled) []observe.Target {
	want := map[observe.Target]bool{}
	for _, sel := range selectors {
		want[sel.Target] = true
		// Events of objects without a namespace are in "default".
		ns := sel.Namespace
		if ns == "" {
			ns = "default"
		}
		want[observe.EventTarget(ns)] = true
	}
	for _, o := range outcomes {
		if o.expr.Deps().Nodes || o.actual != nil && o.actual.Deps().Nodes || o.evidence != nil && o.evidence.Deps().Nodes {
			want[observe.NodeTarget] = true
		}
		if l.Steps[o.step].Outcomes[o.outcome].Probe != nil {
			want[observe.Target{APIVersion: "v1", Kind: "Pod", Namespace: l.Namespace}] = true
		}
	}
	if len(want) == 0 {
		// Without any watch nobody would see the cluster go.
		want[observe.Target{APIVersion: "v1", Kind: "Namespace"}] = true
	}
	var list []observe.Target
	for t := range want {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b observe.Target) int { return slices.Compare(fields(a), fields(b)) })
	return list
}

// join adds watches to a list that has each once.
func join(list, more []observe.Target) []observe.Target {
	for _, t := range more {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

func fields(t observe.Target) []string { return []string{t.APIVersion, t.Kind, t.Namespace} }

// onChange records what a watch has told and judges what it may have decided.
func (s *Session) onChange(ch observe.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	touched := s.records.Apply(ch)
	if s.portrait != nil {
		s.portrait.take(ch)
	}
	s.tellSight(ch, touched)
	s.noteContainers(ch) // before any outcome is judged by what a probe found
	s.notify()
	if !touched.Any() {
		return
	}
	t := trigger{at: ch.At, object: ch.Object, names: slices.Concat(touched.Objects, touched.Events)}
	for _, c := range s.checks {
		if !c.touched(touched) {
			continue
		}
		if c.status.State == Unavailable {
			s.learnFacts() // perhaps what it needs has come
		}
		s.judge(c, t)
	}
}

// tellSight tells a change of the lesson's objects and Events. s.mu is held.
func (s *Session) tellSight(ch observe.Change, touched observe.Touched) {
	if len(touched.Objects) == 0 && len(touched.Events) == 0 {
		return
	}
	u := unstructured.Unstructured{Object: ch.Object}
	s.out.put(Observed{
		Verb: string(ch.Verb), Kind: u.GetKind(), Namespace: u.GetNamespace(), Name: u.GetName(),
		Revision: u.GetResourceVersion(), Summary: summary(ch.Object), At: ch.At,
	}, nil)
	if s.journal == nil || ch.Verb == observe.Deleted {
		return
	}
	// An outcome may say that something was there and is gone, or speak of its
	// Events: a session that is resumed must know that it was.
	for _, name := range touched.Objects {
		if key := (sight{name, string(u.GetUID())}); s.historic[name] && !s.seen[key] {
			s.seen[key] = true
			s.out.put(nil, record{Type: recSeen, At: ch.At, Name: name, Object: ch.Object, Cluster: s.cluster, Revision: ch.Mark.Revision})
		}
	}
}

func (s *Session) onConnected(link *observe.Link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	now := time.Now()
	if s.link != nil && s.link.Epoch != link.Epoch {
		// Another cluster in the place of the first: nothing of what was
		// seen is there any more.
		sel, err := selectors(s.lesson)
		if err == nil {
			s.records = observe.NewRecords(sel)
		}
		s.cut = link.Mark
		s.beginHistory(link, now)
		s.elsewhere(now)
		if s.portrait != nil {
			s.portrait.anew()
		}
		clear(s.pods)
		clear(s.live)
		s.pruneProbes(now)
		for _, step := range s.steps {
			step.cut = observe.Mark{}
		}
	}
	if s.link == nil {
		s.firstLink(link)
	}
	back := !s.up && s.link != nil
	s.link, s.up, s.cluster = link, true, link.Cluster
	s.redraw()
	if back {
		s.out.put(ClusterBack{At: now}, nil)
	}
	s.notify()
	s.patient()
	s.learnFacts()
}

// firstLink sets from where on history counts: from the journal's beginning on
// the same cluster, else from now; of steps that were reset from then on. s.mu is
// held.
func (s *Session) firstLink(link *observe.Link) {
	s.cut = link.Mark
	if s.cutFrom.Cluster == link.Cluster {
		s.cut = observe.Mark{Epoch: link.Epoch, Revision: s.cutFrom.Revision}
		for _, seed := range s.seeds {
			at := observe.Mark{Epoch: link.Epoch, Revision: seed.Revision}
			if seed.Type == recGone {
				s.records.SeedGone(seed.Name, seed.UID, at)
			} else {
				s.records.Seed(seed.Name, seed.Object, at)
			}
		}
	} else {
		s.beginHistory(link, time.Now())
	}
	for _, step := range s.steps {
		if step.cutFrom.Cluster == link.Cluster {
			step.cut = observe.Mark{Epoch: link.Epoch, Revision: step.cutFrom.Revision}
		}
	}
	s.seeds = nil
	for cluster := range s.proven {
		if cluster != link.Cluster {
			s.elsewhere(time.Now())
			return
		}
	}
}

// beginHistory notes that a cluster's history counts from its link on, and that
// nothing of it is in the journal yet. s.mu is held.
func (s *Session) beginHistory(link *observe.Link, at time.Time) {
	clear(s.seen)
	s.out.put(nil, record{Type: recCut, At: at, Cluster: link.Cluster, Revision: link.Mark.Revision})
}

func (s *Session) onSynced() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.link == nil {
		return
	}
	s.synced = true
	s.records.Settle(s.link.Mark)
	s.judgeAll(time.Now())
	s.settling.Do(func() { close(s.settled) })
	s.wakeProbes()
	s.notify()
}

func (s *Session) onLost(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	now := time.Now()
	s.up, s.synced = false, false
	s.redraw()
	s.suspend(now)
	s.out.put(ClusterLost{Err: err, At: now}, nil)
	s.notify()
}

// learnFacts asks what the cluster can do, beside everything else. s.mu is held.
func (s *Session) learnFacts() {
	if s.factsRun || s.closed || !s.up {
		return
	}
	s.factsRun = true
	s.tasks.Go(func() {
		facts, err := s.askFacts()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.factsRun = false
		if s.closed || err != nil {
			return
		}
		now := time.Now()
		s.facts = facts
		s.available(now)
		s.judgeAll(now)
		s.notify()
		s.keepAsking()
	})
}

// patient begins the pauses between the questions for what a step lacks anew:
// from one second on, two minutes in all. s.mu is held.
func (s *Session) patient() {
	s.stopAsking()
	s.pauses = wait.Backoff{Duration: time.Second, Factor: 2, Steps: 7}
}

// keepAsking asks for the facts again after a pause, if the current step has an
// outcome that is unavailable: an add-on such as the metrics API comes after the
// API server, without any word. s.mu is held.
func (s *Session) keepAsking() {
	s.stopAsking()
	lacks := slices.ContainsFunc(s.steps[s.current].checks, func(c *check) bool { return c.status.State == Unavailable })
	if !lacks || s.pauses.Steps == 0 {
		return
	}
	s.askAgain = time.AfterFunc(s.pauses.Step(), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.learnFacts()
	})
}

func (s *Session) stopAsking() {
	if s.askAgain != nil {
		s.askAgain.Stop()
		s.askAgain = nil
	}
}

// askFacts asks until it gets an answer, with pauses from 0.5 to 5 s, or until
// the session ends.
func (s *Session) askFacts() (Facts, error) {
	pause := wait.Backoff{Duration: 500 * time.Millisecond, Factor: 2, Steps: 5, Cap: 5 * time.Second}
	for {
		facts, err := s.cfg.Facts(s.ctx)
		if err == nil {
			return facts, nil
		}
		select {
		case <-s.ctx.Done():
			return Facts{}, s.ctx.Err()
		case <-time.After(pause.Step()):
		}
	}
}

// onShell follows the terminal.
func (s *Session) onShell(e shell.Event) {
	s.shellEvent(e)
	s.out.waitForRoom()
}

func (s *Session) shellEvent(e shell.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	switch e := e.(type) {
	case shell.Printed:
		s.out.put(ShellOutput{Data: e.Data}, nil)
		if s.running != nil {
			_, _ = s.running.printed.Write(e.Data) // never fails
			s.judgeSoon()
		}
		s.notify()
	case shell.Ready:
		s.prompt, s.more, s.gone = true, false, false
		s.notify()
	case shell.More:
		s.prompt, s.more = false, true
		s.notify()
	case shell.Started:
		s.prompt, s.more = false, false
		s.running = &command{line: e.Line, started: e.At, exit: -1}
		s.commands = append(s.commands, s.running)
		if step := s.steps[s.current]; step.firstCmd.IsZero() {
			step.firstCmd = e.At
		}
		s.notes.act(e.At)
		s.out.put(CommandStarted{Line: e.Line, At: e.At}, nil)
		s.notify()
	case shell.Finished:
		cmd := s.running
		if cmd == nil {
			return
		}
		s.running = nil
		cmd.exit = e.Exit
		s.out.put(CommandFinished{Line: cmd.line, Exit: e.Exit, At: e.At}, nil)
		s.judgeOutput(cmd, e.At)
		s.ran(cmd, e.At)
		s.notify()
	case shell.Exited:
		s.prompt, s.more, s.gone = false, false, true
		s.ends++
		s.out.put(ShellExited{At: e.At}, nil)
		s.notify()
	}
}

// settle is how long the terminal's output gathers before it is looked at.
const settle = 40 * time.Millisecond

// judgeSoon looks at the running command's output when it has gathered a little.
// s.mu is held.
func (s *Session) judgeSoon() {
	if s.judging {
		return
	}
	s.judging = true
	time.AfterFunc(settle, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.judging = false
		if !s.closed && s.running != nil {
			s.judgeOutput(s.running, time.Now())
		}
	})
}

// judgeOutput judges the outcomes of the terminal by one command. s.mu is held.
func (s *Session) judgeOutput(cmd *command, at time.Time) {
	for _, c := range s.checks {
		if c.def.Kind == lessons.Output && c.def.Probe == nil {
			s.evaluate(c, view{s, c.step, cmd}, trigger{at: at})
		}
	}
}
