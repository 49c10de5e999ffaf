package engine

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// summary says in a few words how an object is, as kubectl get would.
func summary(object map[string]any) string {
	kind, _, _ := unstructured.NestedString(object, "kind")
	if kind == "Event" {
		reason, _, _ := unstructured.NestedString(object, "reason")
		message, _, _ := unstructured.NestedString(object, "message")
		return strings.TrimSpace(reason + ": " + message)
	}
	deleted, _, _ := unstructured.NestedString(object, "metadata", "deletionTimestamp")
	if kind == "Pod" {
		return podSummary(object, deleted != "")
	}
	if deleted != "" {
		return "Terminating"
	}
	if phase, _, _ := unstructured.NestedString(object, "status", "phase"); phase != "" {
		return phase
	}
	for _, condition := range conditions(object) {
		kind, _ := condition["type"].(string)
		status, _ := condition["status"].(string)
		switch kind {
		case "Ready", "Available", "Established":
			return kind + "=" + status
		}
	}
	return ""
}

func podSummary(pod map[string]any, deleted bool) string {
	state, _, _ := unstructured.NestedString(pod, "status", "phase")
	if reason, _, _ := unstructured.NestedString(pod, "status", "reason"); reason != "" {
		state = reason
	}
	statuses, _, _ := unstructured.NestedSlice(pod, "status", "containerStatuses")
	inits, _, _ := unstructured.NestedSlice(pod, "status", "initContainerStatuses")
	ready, restarts := 0, int64(0)
	for i, s := range append(inits, statuses...) {
		status, _ := s.(map[string]any)
		if n, ok := status["restartCount"].(int64); ok {
			restarts += n
		}
		if ok, _ := status["ready"].(bool); ok && i >= len(inits) {
			ready++
		}
		for _, which := range []string{"waiting", "terminated"} {
			reason, _, _ := unstructured.NestedString(status, "state", which, "reason")
			done := reason == "Completed" && i < len(inits)
			if reason != "" && !done {
				state = reason
			}
		}
	}
	if deleted {
		state = "Terminating"
	}
	if len(statuses) > 0 {
		state += fmt.Sprintf(" %d/%d", ready, len(statuses))
	}
	if restarts > 0 {
		state += fmt.Sprintf(", restarts %d", restarts)
	}
	return state
}

func conditions(object map[string]any) []map[string]any {
	list, _, _ := unstructured.NestedSlice(object, "status", "conditions")
	var all []map[string]any
	for _, c := range list {
		if m, ok := c.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

// reference names an object's revision in evidence: "Pod mem-example/memory-demo @1234".
func reference(object map[string]any) string {
	u := unstructured.Unstructured{Object: object}
	name := u.GetName()
	if ns := u.GetNamespace(); ns != "" {
		name = ns + "/" + name
	}
	return fmt.Sprintf("%s %s @%s", u.GetKind(), name, u.GetResourceVersion())
}
