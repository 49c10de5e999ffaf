package lessons_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/podlab/podlab/lessons"
)

// sound is a lesson without problems; the cases below break one thing each.
const sound = `id: one-pod
order: 1
upstream:
  page: https://kubernetes.io/docs/one-pod/
  checked: "2026-01-31"
kubernetes: "1.31"
minutes: 5
namespace: default
images: [busybox:1.28]
objects:
  demo: {kind: Pod, name: demo}
steps:
  - id: run
    commands:
      - run: kubectl apply -f pod.yaml
      - run: kubectl exec -it demo -- sh
        send: [ls]
        prompt: '# $'
    outcomes:
      - id: running
        kind: eventually
        within: 1m30s
        expr: demo.status.phase == "Running"
        evidence: demo.metadata.name
        actual: string(demo == null)
      - id: still-running
        kind: stays
        for: 5s
        expr: demo.status.phase == "Running"
        evidence: demo.metadata.name
        actual: string(demo == null)
      - id: listed
        kind: output
        within: 10s
        expr: output.contains("bin")
        evidence: output
        actual: output
    hints: [gentle, plain]
    reset:
      - kubectl delete pod demo --ignore-not-found
    wrong:
      - id: other-name
        commands:
          - run: sed 's/name. demo/name - demmo/' pod.yaml | kubectl apply -f -
          - run: kubectl attach -it demmo
            send: [ls]
            prompt: '% $'
        met: [listed]
        unmet:
          running: ^true$
        within: 20s
    claims: [labels]
cleanup:
  - kubectl delete pod demo --ignore-not-found
`

const soundPod = `apiVersion: v1
kind: Pod
metadata:
  name: demo
spec:
  containers:
  - name: demo
    image: busybox:1.28
`

func folder(lesson, manifest string) fstest.MapFS {
	return fstest.MapFS{
		"one-pod/lesson.yaml":        {Data: []byte(lesson)},
		"one-pod/manifests/pod.yaml": {Data: []byte(manifest)},
	}
}

func TestLoad(t *testing.T) {
	l, err := lessons.Load(folder(sound, soundPod), "one-pod")
	if err != nil {
		t.Fatal(err)
	}
	if err := lessons.Check([]*lessons.Lesson{l}); err != nil {
		t.Error(err)
	}
	if got := l.Steps[0].Outcomes[0].Within.Duration; got != 90*time.Second {
		t.Errorf("within is %v", got)
	}
	want := lessons.Wrong{
		ID: "other-name", Met: []string{"listed"}, Unmet: map[string]string{"running": "^true$"}, Within: lessons.Duration{Duration: 20 * time.Second},
		Commands: []lessons.Command{{Run: "sed 's/name. demo/name - demmo/' pod.yaml | kubectl apply -f -"}, {Run: "kubectl attach -it demmo", Send: []string{"ls"}, Prompt: "% $"}},
	}
	if diff := cmp.Diff([]lessons.Wrong{want}, l.Steps[0].Wrong); diff != "" {
		t.Error(diff)
	}
	if data, err := fs.ReadFile(l.FS, "manifests/pod.yaml"); err != nil || string(data) != soundPod {
		t.Errorf("the lesson's folder has %q, %v", data, err)
	}
}

func TestExpressionsKnowTheirLines(t *testing.T) {
	l, err := lessons.Load(folder(sound, soundPod), "one-pod")
	if err != nil {
		t.Fatal(err)
	}
	all := l.Expressions()
	if len(all) != 9 {
		t.Fatalf("got %d expressions", len(all))
	}
	want := lessons.Expression{
		Step: "run", Outcome: "still-running", Field: "evidence", Kind: lessons.Stays,
		Source: "demo.metadata.name", File: "one-pod/lesson.yaml", Line: 30,
	}
	if diff := cmp.Diff(want, all[4]); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenLessonsNameFileLineAndWhatWasExpected(t *testing.T) {
	tests := []struct {
		name     string
		old, new string // in sound
		want     string
	}{
		{"not YAML", "hints: [gentle, plain]", "hints: [gentle, plain", "one-pod/lesson.yaml:39: not valid YAML: ',' or ']' must be specified"},
		{"duplicate key", "minutes: 5", "minutes: 5\nminutes: 6", `one-pod/lesson.yaml:8: not valid YAML: mapping key "minutes" already defined at [7:1]`},
		{"anchor", "minutes: 5", "minutes: &m 5", "one-pod/lesson.yaml:7: anchors and aliases are not used here: write the value out"},
		{"unknown field", "kind: stays", "kind: stays\n        until: 5s", `one-pod/lesson.yaml:28: steps[0].outcomes[1]: unknown field "until"`},
		{"missing field", "minutes: 5\n", "", `one-pod/lesson.yaml:1: expected a field "minutes"`},
		{"no clean-up", "cleanup:\n  - kubectl delete pod demo --ignore-not-found\n", "", `one-pod/lesson.yaml:1: expected a field "cleanup"`},
		{"empty clean-up", "cleanup:\n  - kubectl delete pod demo --ignore-not-found\n", "cleanup: []\n", `one-pod/lesson.yaml:53: cleanup: expected at least 1, got 0`},
		{"number for text", `kubernetes: "1.31"`, "kubernetes: 1.31", "one-pod/lesson.yaml:6: kubernetes: expected string, got number"},
		{"unknown kind", "kind: stays", "kind: remains", `one-pod/lesson.yaml:27: steps[0].outcomes[1].kind: expected one of eventually, once, stays, output, got "remains"`},
		{"claim that is no slug", "minutes: 5", "minutes: 5\nclaims: [The Kubelet]", `one-pod/lesson.yaml:8: claims[0]: expected lower-case words joined by hyphens, got "The Kubelet"`},
		{"claim of a step that is no slug", "[labels]", "[The Labels]", `one-pod/lesson.yaml:52: steps[0].claims[0]: expected lower-case words joined by hyphens, got "The Labels"`},
		{"unknown need", "minutes: 5", "minutes: 5\nneeds: [gpu]", `one-pod/lesson.yaml:8: needs[0]: expected one of metrics, two-workers, node-shell, seccomp, apparmor, selinux, windows, user-namespaces, got "gpu"`},
		{"stays without for", "        for: 5s\n", "", `one-pod/lesson.yaml:26: steps[0].outcomes[1]: expected a field "for"`},
		{"eventually without within", "        within: 1m30s\n", "", `one-pod/lesson.yaml:20: steps[0].outcomes[0]: expected a field "within"`},
		{"no duration", "for: 5s", "for: 5", "one-pod/lesson.yaml:28: steps[0].outcomes[1].for: expected string, got number"},
		{"zero duration", "for: 5s", "for: 0s", `one-pod/lesson.yaml:28: steps[0].outcomes[1].for: expected a duration such as "90s" or "5m", got "0s"`},
		{"one hint", "hints: [gentle, plain]", "hints: [gentle]", "one-pod/lesson.yaml:38: steps[0].hints: expected at least 2, got 1"},
		{"send without prompt", "        prompt: '# $'\n", "", `one-pod/lesson.yaml:16: steps[0].commands[1]: expected a field "prompt" beside "send"`},
		{"id that is no slug", "id: running", "id: Running", `one-pod/lesson.yaml:20: steps[0].outcomes[0].id: expected lower-case words joined by hyphens, got "Running"`},
		{"empty expression", `expr: output.contains("bin")`, `expr: ""`, "one-pod/lesson.yaml:35: steps[0].outcomes[2].expr: expected some text"},

		{"wrong without commands", "          - run: sed 's/name. demo/name - demmo/' pod.yaml | kubectl apply -f -\n          - run: kubectl attach -it demmo\n            send: [ls]\n            prompt: '% $'\n", "          []\n", "one-pod/lesson.yaml:43: steps[0].wrong[0].commands: expected at least 1, got 0"},
		{"wrong that shows nothing", "        unmet:\n          running: ^true$\n", "        unmet: {}\n", "one-pod/lesson.yaml:49: steps[0].wrong[0].unmet: expected at least 1, got 0"},
		{"wrong with a comment", "within: 20s", "note: typo", `one-pod/lesson.yaml:51: steps[0].wrong[0]: unknown field "note"`},

		{"one answer", "    hints:", "    question: {id: q, answers: [a], right: a}\n    hints:", "one-pod/lesson.yaml:38: steps[0].question.answers: expected at least 2, got 1"},
		{"right that is no answer", "    hints:", "    question: {id: q, answers: [a, b], right: c}\n    hints:", `one-pod/lesson.yaml:38: expected one of the answers, got "c"`},
		{"shown by an unknown outcome", "    hints:", "    question: {id: q, answers: [a, b], right: a, shownBy: [rnning]}\n    hints:", `one-pod/lesson.yaml:38: expected an outcome of step run, got "rnning"`},

		{"wrong twice", "    wrong:\n", "    wrong:\n      - id: other-name\n        commands: [{run: ls}]\n        unmet: {running: x}\n", `one-pod/lesson.yaml:45: expected an id of its own for each wrong solution of step run: "other-name" is there twice`},
		{"wrong meets an unknown outcome", "met: [listed]", "met: [lsited]", `one-pod/lesson.yaml:48: expected an outcome of step run, got "lsited"`},
		{"wrong misses an unknown outcome", "running: ^true", "rnning: ^true", `one-pod/lesson.yaml:50: expected an outcome of step run, got "rnning"`},
		{"wrong in both ways", "met: [listed]", "met: [running]", "one-pod/lesson.yaml:48: an outcome cannot be both met and unmet: running"},
		{"unmet that is no pattern", "running: ^true$", "running: '[true'", "one-pod/lesson.yaml:50: expected a regular expression: error parsing regexp: missing closing ]: `[true`"},
		{"wrong prompt that is no pattern", "'% $'", "'[% $'", "one-pod/lesson.yaml:47: expected a regular expression: error parsing regexp: missing closing ]: `[% $`"},
		{"wrong file", "demmo/' pod.yaml | kubectl apply -f -", "demmo/' pod.yaml | kubectl apply -f no.yaml", "one-pod/lesson.yaml:44: no file no.yaml in manifests or files"},
		{"id unlike the folder", "id: one-pod", "id: two-pods", `one-pod/lesson.yaml:1: expected the folder's name "one-pod", got "two-pods"`},
		{"no such day", "2026-01-31", "2026-02-31", `one-pod/lesson.yaml:5: expected a day of the calendar, got "2026-02-31"`},
		{"claims of a lesson and of a step", "minutes: 5", "minutes: 5\nclaims: [kubelet]", `one-pod/lesson.yaml:53: expected no claims of step run: the lesson claims kubelet as a whole`},
		{"outcome twice", "id: still-running", "id: running", `one-pod/lesson.yaml:26: expected an outcome id of its own in step run: "running" is there twice`},
		{"hint twice", "[gentle, plain]", "[gentle, gentle]", `one-pod/lesson.yaml:38: expected a hint id of its own in step run: "gentle" is there twice`},
		{"for where it means nothing", "within: 1m30s", "within: 1m30s\n        for: 5s", "one-pod/lesson.yaml:23: only a stays outcome has a time for which it holds: running is eventually"},
		{"probe where it means nothing", "for: 5s", "for: 5s\n        probe: {pod: demo, command: [ls]}", "one-pod/lesson.yaml:29: only an output outcome has a probe: still-running is stays"},
		{"output of what is none", `expr: demo.status.phase == "Running"
        evidence: demo.metadata.name
        actual: string(demo == null)
      - id: still`, `expr: output == "Running"
        evidence: demo.metadata.name
        actual: string(demo == null)
      - id: still`, "one-pod/lesson.yaml:23: only an output outcome can speak of output: running is eventually"},
		{"output that is not judged", `expr: output.contains("bin")`, "expr: demo != null", "one-pod/lesson.yaml:35: expected an expression about output: listed is an output outcome"},
		{"events of what is no object", `expr: demo.status.phase == "Running"
        evidence: demo.metadata.name
        actual: string(demo == null)
      - id: still`, `expr: events.dome.size() > 0
        evidence: demo.metadata.name
        actual: string(demo == null)
      - id: still`, `one-pod/lesson.yaml:23: expected one of the lesson's objects after events or history, got "dome"`},
		{"object without use", "objects:\n", "objects:\n  spare: {kind: Node}\n", "one-pod/lesson.yaml:11: object spare is used by no expression: take it out"},
		{"prompt that is no pattern", "'# $'", "'[# $'", "one-pod/lesson.yaml:18: expected a regular expression: error parsing regexp: missing closing ]: `[# $`"},
		{"image without manifest", "[busybox:1.28]", "[busybox:1.28, nginx]", "one-pod/lesson.yaml:9: no manifest has the image nginx"},
		{"image not listed", "images: [busybox:1.28]\n", "", "one-pod/manifests/pod.yaml:8: image busybox:1.28 is not in the lesson's images"},
		{"file not there", "kubectl apply -f pod.yaml", "kubectl apply -f pod.yaml -f job.yaml", "one-pod/lesson.yaml:15: no file job.yaml in manifests or files"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			broken := strings.Replace(sound, test.old, test.new, 1)
			if broken == sound {
				t.Fatalf("%q is not in the sound lesson", test.old)
			}
			l, err := lessons.Load(folder(broken, soundPod), "one-pod")
			if err == nil {
				err = lessons.Check([]*lessons.Lesson{l})
			}
			var problems lessons.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("got %v, want problems", err)
			}
			if got := err.Error(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestManifestsMustBeObjects(t *testing.T) {
	for _, test := range []struct{ manifest, want string }{
		{soundPod + "---\nkind: Pod\n", "one-pod/manifests/pod.yaml:10: expected apiVersion, kind and metadata.name"},
		{strings.Replace(soundPod, "kind: Pod", "kind: [", 1), "one-pod/manifests/pod.yaml:1: expected a Kubernetes object: "},
	} {
		l, err := lessons.Load(folder(sound, test.manifest), "one-pod")
		if err != nil {
			t.Fatal(err)
		}
		err = lessons.Check([]*lessons.Lesson{l})
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestLoadAllReportsEveryProblemAndKeepsTheSoundLessons(t *testing.T) {
	files := folder(sound, soundPod)
	files["bad/lesson.yaml"] = &fstest.MapFile{Data: []byte("id: bad\n")}
	files["worse/lesson.yaml"] = &fstest.MapFile{Data: []byte("- id\n")}
	all, err := lessons.LoadAll(files)
	if len(all) != 1 || all[0].ID != "one-pod" {
		t.Errorf("got %d lessons", len(all))
	}
	var problems lessons.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{`bad/lesson.yaml:1: expected a field "steps"`, "worse/lesson.yaml:1: expected object, got array"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
}

func TestOrderIsUnique(t *testing.T) {
	files := folder(sound, soundPod)
	for name, f := range folder(strings.Replace(sound, "id: one-pod", "id: other-pod", 1), soundPod) {
		files[strings.Replace(name, "one-pod", "other-pod", 1)] = f
	}
	all, err := lessons.LoadAll(files)
	if err != nil {
		t.Fatal(err)
	}
	err = lessons.Check(all)
	if want := "other-pod/lesson.yaml:2: expected an order of its own: 1 is that of one-pod"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestUnknownLessonSuggestsTheNearest(t *testing.T) {
	const memory, share = "assign-memory-resource", "share-process-namespace"
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		typed string
		want  []string
	}{
		{"assign-memory-resources", []string{memory}},
		{"assgn-memory-resuorce", []string{memory}},
		{"assing-memory", []string{memory}},
		{"memory", []string{memory}},
		{"Share", []string{share}},
		{"share-process-namespace/", []string{share}},
		{"quantum-chromodynamics", nil},
		{"", nil},
	} {
		_, err := lessons.Find(all, test.typed)
		var unknown *lessons.UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("%q: got %v", test.typed, err)
			continue
		}
		if !slices.Equal(unknown.Near, test.want) {
			t.Errorf("%q: suggests %q, want %q", test.typed, unknown.Near, test.want)
		}
	}
	_, err = lessons.Find(all, "memory")
	if want := `no lesson "memory": did you mean "assign-memory-resource"?`; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestShippedLessonsPassCheck(t *testing.T) {
	all, err := lessons.LoadAll(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if err := lessons.Check(all); err != nil {
		t.Error(err)
	}
	if err := lessons.Unused(all, nothingShown); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"assign-memory-resource", "share-process-namespace"} {
		if l, err := lessons.Find(all, id); err != nil || l.ID != id {
			t.Errorf("%s: got %v", id, err)
		}
	}
	for _, l := range all {
		if !slices.ContainsFunc(l.Steps, func(s lessons.Step) bool { return s.Question != nil }) {
			t.Errorf("%s asks no question", l.ID)
		}
	}
	if !slices.IsSortedFunc(all, func(a, b *lessons.Lesson) int { return a.Order - b.Order }) {
		t.Error("the lessons are not in their order")
	}
}

func nothingShown(string) []string { return nil }

func TestFilesAreThereAndUsed(t *testing.T) {
	const unused = "nothing uses this file: name it in a command, show it in the prose or take it away"
	for _, test := range []struct {
		name, command string
		files         []string
		want          string
	}{
		{"in the clean-up", "true", nil, ""},
		{"file of nothing", "true", []string{"manifests/b.yaml"}, "one-pod/manifests/b.yaml: " + unused},
		{"in the prose", "true", []string{"files/shown.yaml"}, ""},
		{"by a file that is used", "kubectl apply -f names.yaml", []string{"files/names.yaml", "files/a.properties"}, ""},
		{"by a file of the same folder", "kubectl create configmap c --from-file=props/names", []string{"files/props/names", "files/props/a.properties"}, ""},
		{
			"by a file that is not used", "true",
			[]string{"files/a.properties", "files/kustomization.yaml"},
			"one-pod/files/a.properties: " + unused + "\none-pod/files/kustomization.yaml: " + unused,
		},
		{
			"beside the folders", "true",
			[]string{"notes.txt", "old/manifests/b.yaml"},
			"one-pod/notes.txt: nothing reads this file: files for the learner are in manifests or files\n" +
				"one-pod/old/manifests/b.yaml: nothing reads this file: files for the learner are in manifests or files",
		},
		{"folder", "kubectl create configmap c --from-file=props/", []string{"files/props/a.properties", "files/props/b.properties"}, ""},
		{"key and file", "kubectl create configmap c --from-file=key=a.properties", []string{"files/a.properties"}, ""},
		{"file of variables", "kubectl create configmap c --from-env-file=a.env", []string{"files/a.env"}, ""},
		{"no flag", "cp extra.yaml /etc/pods/", []string{"manifests/extra.yaml"}, ""},
		{"standard input, address and path", "kubectl apply -f - -f https://example.org/a.yaml -f /tmp/a.yaml", nil, ""},
		{"made before", "echo x > user.txt; kubectl create secret generic s --from-file=./user.txt", nil, ""},
		{"kustomization", "kubectl apply -k .", []string{"files/kustomization.yaml", "files/a.properties"}, ""},
		{"missing kustomization", "kubectl apply -k base", nil, "one-pod/lesson.yaml:15: no file base/kustomization.yaml in manifests or files"},
		{"missing folder", "kubectl create configmap c --from-file=props", nil, "one-pod/lesson.yaml:15: no file props in manifests or files"},
		{"similar name", "kubectl apply -f pod-2.yaml", []string{"files/pod-2.yaml", "files/d.yaml"}, "one-pod/files/d.yaml: " + unused},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(sound, "run: kubectl apply -f pod.yaml", "run: kubectl apply -f pod.yaml && "+test.command, 1)
			files := folder(text+"  - kubectl delete -f undo.yaml || true\n", soundPod)
			files["one-pod/files/undo.yaml"] = &fstest.MapFile{}
			for _, name := range test.files {
				files["one-pod/"+name] = &fstest.MapFile{Data: []byte("configMapGenerator:\n- files: [a.properties]\n")}
				if strings.HasPrefix(name, "manifests/") {
					files["one-pod/"+name] = &fstest.MapFile{Data: []byte(soundPod)}
				}
			}
			l, err := lessons.Load(files, "one-pod")
			if err != nil {
				t.Fatal(err)
			}
			all := []*lessons.Lesson{l}
			shown := func(string) []string { return []string{"shown.yaml"} }
			got := ""
			if err := errors.Join(lessons.Check(all), lessons.Unused(all, shown)); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// unshowable are outcomes that nobody can prove able to fail but where the kernel,
// or the cluster, has what they need; and why that is.
var unshowable = map[string]string{
	"configure-gmsa/on-windows/runs-on-windows":  "no node of a local cluster runs Windows",
	"security-context/apparmor/default-enforced": "the kernel must have AppArmor",
	"security-context/apparmor/write-denied":     "the kernel must have AppArmor",
	"security-context/selinux/process-label":     "the kernel must have SELinux",
}

// Every outcome can fail, and tells then what is different: a wrong solution of
// its step leaves it unmet and has a pattern for what the learner is told.
func TestEveryOutcomeCanFail(t *testing.T) {
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	excused := maps.Clone(unshowable)
	for _, l := range all {
		for _, s := range l.Steps {
			for _, o := range s.Outcomes {
				id := l.ID + "/" + s.ID + "/" + o.ID
				fails := slices.ContainsFunc(s.Wrong, func(w lessons.Wrong) bool { return w.Unmet[o.ID] != "" })
				lacks := slices.ContainsFunc(o.Needs, func(n lessons.Need) bool {
					return n == lessons.NeedWindows || n == lessons.NeedAppArmor || n == lessons.NeedSELinux
				})
				switch _, ok := excused[id]; {
				case ok && (fails || !lacks):
					t.Errorf("%s needs no excuse", id)
				case !ok && !fails:
					t.Errorf("no wrong solution leaves %s unmet and says what the learner is told", id)
				}
				delete(excused, id)
			}
		}
	}
	for id := range excused {
		t.Errorf("there is no %s", id)
	}
}
