package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/muesli/cancelreader"

	"github.com/podlab/podlab/cluster/choice"
	"github.com/podlab/podlab/cluster/existing"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// clusterWide are the kinds of objects that are in no namespace, of those that
// lessons use.
var clusterWide = []string{
	"APIService", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition",
	"MutatingWebhookConfiguration", "Node", "PersistentVolume", "PriorityClass", "RuntimeClass", "StorageClass",
	"ValidatingWebhookConfiguration",
}

// touches says which namespaces lessons work in, and what they change outside
// of them.
func touches(all []*lessons.Lesson) (namespaces, outside []string) {
	add := func(list *[]string, s string) {
		if s != "" && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	for _, l := range all {
		add(&namespaces, l.Namespace)
		for _, o := range l.Objects {
			switch {
			case slices.Contains(clusterWide, o.Kind):
				add(&outside, o.Kind)
			case o.Kind == "Namespace":
				add(&namespaces, o.Name)
			default:
				add(&namespaces, o.Namespace)
			}
		}
	}
	slices.Sort(namespaces)
	slices.Sort(outside)
	return namespaces, outside
}

// makes lists the objects that lessons make, by name. Nodes are there already.
func makes(all []*lessons.Lesson) []existing.Object {
	var objects []existing.Object
	for _, l := range all {
		for _, o := range l.Objects {
			if o.Name != "" && o.Kind != "Node" {
				objects = append(objects, existing.Object{
					APIVersion: o.APIVersion, Kind: o.Kind, Namespace: cmp.Or(o.Namespace, l.Namespace), Name: o.Name,
				})
			}
		}
	}
	slices.SortFunc(objects, func(a, b existing.Object) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	return slices.Compact(objects)
}

// consent asks before lessons touch a cluster that is not podlab's own. Where
// nobody can be asked, --yes must have said it. It waits for the answer until ctx ends.
func consent(ctx context.Context, o *options, l *lab, all []*lessons.Lesson) error {
	if l.provider.Name() != choice.Existing || o.yes {
		return nil
	}
	namespaces, outside := touches(all)
	warning := []say.Text{
		say.T("Context %q is a cluster of your own.", o.context),
		say.Count(len(namespaces), "The lessons make and delete objects in namespace %s.", "The lessons make and delete objects in namespaces %s.", strings.Join(namespaces, ", ")),
	}
	if len(outside) > 0 {
		warning = append(warning, say.T("Outside of namespaces they change objects of these kinds: %s.", strings.Join(outside, ", ")))
	}
	warning = append(warning, say.T("What they make carries the label %s; they remove it at their end, and 'podlab cluster down --provider existing' what is left of it.", existing.Label))
	text := say.Join(" ", warning...)
	if !isTerminal(o.streams.In) {
		return say.Errorf("%v\nnobody can be asked here: say --yes if that is what you want", text)
	}
	in, err := cancelreader.NewReader(o.streams.In)
	if err != nil {
		return say.Errorf("cannot set up the terminal: %w", err)
	}
	defer in.Close() //nolint:errcheck // the terminal itself stays open
	defer context.AfterFunc(ctx, func() { in.Cancel() })()
	if _, err := fmt.Fprintf(o.streams.Err, "%s\n%s ", o.tell(text), o.sayf("Play on it? [y/N]")); err != nil {
		return err
	}
	answer, _ := bufio.NewReader(in).ReadString('\n') // its end is a no
	if ctx.Err() != nil {
		_, _ = fmt.Fprintln(o.streams.Err) // what follows is not part of the question
		return ctx.Err()
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return say.Errorf("nothing was touched: choose another provider, or answer with y")
	}
	return nil
}

// fits refuses lessons that need what the cluster lacks.
func (l *lab) fits(ctx context.Context, all []*lessons.Lesson) error {
	f, err := l.facts(ctx)
	if err != nil {
		return err
	}
	var lacks []say.Text
	for _, lesson := range all {
		for _, need := range lesson.Needs {
			if a := f.Needs[need]; !a.OK {
				lacks = append(lacks, say.T("%s cannot be played on this cluster: %s", lesson.ID, a.Reason))
			}
		}
	}
	if len(lacks) > 0 {
		return say.Errorf("%v: leave it out, or play it on another provider", say.Join("; ", lacks...))
	}
	return nil
}
