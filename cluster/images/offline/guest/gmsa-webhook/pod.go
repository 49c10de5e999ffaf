package main

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// pod is what the webhook reads of a Pod.
type pod struct {
	Spec struct {
		ServiceAccountName  string          `json:"serviceAccountName"`
		SecurityContext     securityContext `json:"securityContext"`
		InitContainers      []container     `json:"initContainers"`
		Containers          []container     `json:"containers"`
		EphemeralContainers []container     `json:"ephemeralContainers"`
	} `json:"spec"`
}

type container struct {
	Name            string          `json:"name"`
	SecurityContext securityContext `json:"securityContext"`
}

type securityContext struct {
	WindowsOptions *windowsOptions `json:"windowsOptions"`
}

type windowsOptions struct {
	Name     *string `json:"gmsaCredentialSpecName"`
	Contents *string `json:"gmsaCredentialSpec"`
}

// place is one place in a Pod that has Windows options.
type place struct {
	// pointer is the JSON pointer of the options.
	pointer string
	// of says whose they are, such as `container "web"`.
	of      string
	options windowsOptions
}

// places lists the Pod's Windows options: its own, then its containers'.
func (p *pod) places() []place {
	var all []place
	add := func(c securityContext, parent, of string) {
		if c.WindowsOptions != nil {
			all = append(all, place{parent + "/securityContext/windowsOptions", of, *c.WindowsOptions})
		}
	}
	add(p.Spec.SecurityContext, "/spec", "pod")
	for _, group := range []struct {
		field, kind string
		list        []container
	}{
		{"initContainers", "initContainer", p.Spec.InitContainers},
		{"containers", "container", p.Spec.Containers},
		{"ephemeralContainers", "ephemeralContainer", p.Spec.EphemeralContainers},
	} {
		for i, c := range group.list {
			add(c.SecurityContext, fmt.Sprintf("/spec/%s/%d", group.field, i), fmt.Sprintf("%s %q", group.kind, c.Name))
		}
	}
	return all
}

// sameJSON compares two JSON documents by what they say.
func sameJSON(a, b string) bool {
	if a == b {
		return true
	}
	var left, right any
	return json.Unmarshal([]byte(a), &left) == nil && json.Unmarshal([]byte(b), &right) == nil && reflect.DeepEqual(left, right)
}
