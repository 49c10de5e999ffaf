package picture

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Node is a node with what is asked of it.
type Node struct {
	Name string
	// Labels are those that people gave it, as name=value, sorted.
	Labels    []string
	Closed    bool // takes no new Pods: cordoned, or tainted NoSchedule
	Resources []Resource
	Pods      []Pod // the step's, by name
	Others    int   // Pods of others
}

// Resource is a node's share of one resource: thousandths of a processor for
// cpu, bytes for memory, pieces for what is counted.
type Resource struct {
	Name                   string
	Allocatable, Requested int64
}

// Free is what new Pods can still request.
func (r Resource) Free() int64 { return max(r.Allocatable-r.Requested, 0) }

// Pod is a Pod as a scheduler sees it.
type Pod struct {
	Name, Phase string
	Reason      string // why it has no node
	Requests    []Resource
}

// Nodes draws up who is where. mine says which Pods are the step's.
func Nodes(nodes, pods []map[string]any, mine func(namespace, name string, labels map[string]string) bool) (all []Node, unplaced []Pod) {
	where := map[string]int{}
	for _, object := range nodes {
		n := node(object)
		where[n.Name] = len(all)
		all = append(all, n)
	}
	for _, object := range pods {
		meta := unstructured.Unstructured{Object: object}
		phase := text(object, "status", "phase")
		ours := mine(meta.GetNamespace(), meta.GetName(), meta.GetLabels())
		p := Pod{Name: meta.GetName(), Phase: phase, Requests: requests(object)}
		i, placed := where[text(object, "spec", "nodeName")]
		if !placed {
			if ours {
				p.Reason = unscheduled(object)
				unplaced = append(unplaced, p)
			}
			continue
		}
		if phase == "Succeeded" || phase == "Failed" {
			continue // it holds nothing any more
		}
		for _, r := range p.Requests {
			for j := range all[i].Resources {
				if all[i].Resources[j].Name == r.Name {
					all[i].Resources[j].Requested += r.Requested
				}
			}
		}
		if ours {
			all[i].Pods = append(all[i].Pods, p)
		} else {
			all[i].Others++
		}
	}
	byName := func(a, b Pod) int { return strings.Compare(a.Name, b.Name) }
	for i := range all {
		slices.SortFunc(all[i].Pods, byName)
	}
	slices.SortFunc(all, func(a, b Node) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(unplaced, byName)
	return all, unplaced
}

func node(object map[string]any) Node {
	meta := unstructured.Unstructured{Object: object}
	n := Node{Name: meta.GetName()}
	for name, value := range meta.GetLabels() {
		if domain, _, found := strings.Cut(name, "/"); !found || !strings.HasSuffix(domain, "kubernetes.io") {
			n.Labels = append(n.Labels, strings.TrimSuffix(name+"="+value, "="))
		}
	}
	slices.Sort(n.Labels)
	n.Closed, _, _ = unstructured.NestedBool(object, "spec", "unschedulable")
	for _, taint := range list(object, "spec", "taints") {
		n.Closed = n.Closed || text(taint, "effect") == "NoSchedule"
	}
	allocatable := dig(object, "status", "allocatable")
	for _, name := range resources(allocatable) {
		n.Resources = append(n.Resources, Resource{Name: name, Allocatable: amount(allocatable, name)})
	}
	return n
}

// resources are cpu and memory and what people have added, such as
// example.com/dongle.
func resources(of map[string]any) []string {
	var added []string
	for name := range maps.Keys(of) {
		if strings.Contains(name, "/") {
			added = append(added, name)
		}
	}
	slices.Sort(added)
	return append([]string{"cpu", "memory"}, added...)
}

// requests is what a Pod asks of its node: the sum of its containers, or what one
// of those that run before them asks, if that is more.
func requests(pod map[string]any) []Resource {
	sum, first := map[string]int64{}, map[string]int64{}
	for _, c := range list(pod, "spec", "containers") {
		for name := range dig(c, "resources", "requests") {
			sum[name] += amount(c, name, "resources", "requests")
		}
	}
	for _, c := range list(pod, "spec", "initContainers") {
		for name := range dig(c, "resources", "requests") {
			if text(c, "restartPolicy") == "Always" {
				sum[name] += amount(c, name, "resources", "requests") // it runs beside them
				continue
			}
			first[name] = max(first[name], amount(c, name, "resources", "requests"))
		}
	}
	for name, n := range first {
		sum[name] = max(sum[name], n)
	}
	var all []Resource
	for _, name := range slices.Sorted(maps.Keys(sum)) {
		all = append(all, Resource{Name: name, Requested: sum[name]})
	}
	return all
}

// unscheduled is what the scheduler says of a Pod that it cannot place.
func unscheduled(pod map[string]any) string {
	for _, c := range list(pod, "status", "conditions") {
		if text(c, "type") == "PodScheduled" && text(c, "status") == "False" {
			return text(c, "message")
		}
	}
	return ""
}
