package picture

import (
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// statuses are a Pod's containers, those that run first of all included.
func statuses(pod map[string]any) []map[string]any {
	return append(list(pod, "status", "initContainerStatuses"), list(pod, "status", "containerStatuses")...)
}

// list is a list of objects below an object.
func list(object map[string]any, path ...string) []map[string]any {
	found, _, _ := unstructured.NestedFieldNoCopy(object, path...)
	items, _ := found.([]any)
	var all []map[string]any
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

// dig is an object below an object, nil if there is none.
func dig(object map[string]any, path ...string) map[string]any {
	found, _, _ := unstructured.NestedFieldNoCopy(object, path...)
	m, _ := found.(map[string]any)
	return m
}

func text(object map[string]any, path ...string) string {
	s, _, _ := unstructured.NestedString(object, path...)
	return s
}

func number(object map[string]any, path ...string) int64 {
	n, _, _ := unstructured.NestedInt64(object, path...)
	return n
}

// stamp is a time of an object, or another where it has none.
func stamp(object map[string]any, field string, or time.Time) time.Time {
	if at, err := time.Parse(time.RFC3339, text(object, field)); err == nil {
		return at
	}
	return or
}

// amount reads a quantity: thousandths of a processor for cpu, units of anything
// else; 0 if there is none.
func amount(object map[string]any, name string, path ...string) int64 {
	s, _ := dig(object, path...)[name].(string)
	if s == "" {
		return 0
	}
	q, err := resource.ParseQuantity(s)
	if err != nil {
		return 0
	}
	if name == "cpu" {
		return q.MilliValue()
	}
	return q.Value()
}
