package engine

import (
	"context"
	"fmt"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/podlab/podlab/engine/observe"
	"github.com/podlab/podlab/internal/say"
	"github.com/podlab/podlab/lessons"
)

// Facts are what a cluster's nodes can do.
type Facts struct {
	// CgroupVersion of the nodes, 1 or 2; 0 if it is not known.
	CgroupVersion int
	Kubernetes    string // such as "v1.36.3"
	Needs         map[lessons.Need]Ability
}

// Ability says whether a cluster has what a lesson needs.
type Ability struct {
	OK     bool
	Reason say.Text // what was found, if not
}

// variable is the value of facts in expressions: cgroup ("v1", "v2" or "?"),
// kubernetes, and needs, a map from need to bool.
func (f Facts) variable() map[string]any {
	cgroup := "?"
	if f.CgroupVersion > 0 {
		cgroup = fmt.Sprintf("v%d", f.CgroupVersion)
	}
	needs := map[string]any{}
	for need, a := range f.Needs {
		needs[string(need)] = a.OK
	}
	return map[string]any{"cgroup": cgroup, "kubernetes": f.Kubernetes, "needs": needs}
}

// lacking is the reason for which the needs are not met, if any.
func (f Facts) lacking(needs []lessons.Need) say.Text {
	var reasons []say.Text
	for _, need := range needs {
		a, known := f.Needs[need]
		switch {
		case !known:
			reasons = append(reasons, say.T("whether the cluster has %s is not known", need))
		case !a.OK:
			reasons = append(reasons, a.Reason)
		}
	}
	return say.Join("; ", reasons...)
}

// DetectFacts asks the cluster's API what its nodes can do, and the kernel of
// this machine where the nodes share it.
func DetectFacts(ctx context.Context, kubeconfig string) (Facts, error) {
	config, err := observe.ClientConfig(kubeconfig)
	if err != nil {
		return Facts{}, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return Facts{}, say.Errorf("cannot use the lab's kubeconfig: %w", err)
	}
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		return Facts{}, say.Errorf("cannot ask the cluster for its version: %w", err)
	}
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return Facts{}, say.Errorf("cannot list the cluster's nodes: %w", err)
	}
	f := Facts{Kubernetes: version.GitVersion, Needs: map[lessons.Need]Ability{
		lessons.NeedMetrics:    metrics(ctx, client),
		lessons.NeedTwoWorkers: workers(nodes.Items),
		lessons.NeedWindows:    windows(nodes.Items),
		lessons.NeedUserNS:     userNamespaces(nodes.Items),
		lessons.NeedNodeShell:  {Reason: say.T("this cluster gives no shell on its nodes")},
	}}
	kernel := sharedKernel(nodes.Items)
	f.Needs[lessons.NeedSeccomp] = kernel("seccomp", "/proc/sys/kernel/seccomp/actions_avail", "")
	f.Needs[lessons.NeedAppArmor] = kernel("AppArmor", "/sys/module/apparmor/parameters/enabled", "Y")
	f.Needs[lessons.NeedSELinux] = kernel("SELinux", "/sys/fs/selinux/enforce", "")
	if len(nodes.Items) > 0 {
		f.CgroupVersion = cgroupVersion(ctx, client, nodes.Items[0].Name)
	}
	return f, nil
}

func metrics(ctx context.Context, client kubernetes.Interface) Ability {
	const name = "v1beta1.metrics.k8s.io"
	err := client.Discovery().RESTClient().Get().AbsPath("/apis/apiregistration.k8s.io/v1/apiservices/" + name).Do(ctx).Error()
	switch {
	case err == nil:
		return Ability{OK: true} // present, and Available sooner or later
	case apierrors.IsNotFound(err):
		return Ability{Reason: say.T("the cluster has no metrics API (%s)", name)}
	}
	return Ability{Reason: say.T("the metrics API cannot be seen: %v", err)}
}

func workers(nodes []corev1.Node) Ability {
	n := 0
	for _, node := range nodes {
		open := !node.Spec.Unschedulable
		for _, taint := range node.Spec.Taints {
			// A node that is not ready yet is a worker all the same.
			passing := strings.HasPrefix(taint.Key, "node.kubernetes.io/")
			if taint.Effect != corev1.TaintEffectPreferNoSchedule && !passing {
				open = false
			}
		}
		if open {
			n++
		}
	}
	if n >= 2 {
		return Ability{OK: true}
	}
	return Ability{Reason: say.T("nodes that take Pods: %d of 2", n)}
}

func windows(nodes []corev1.Node) Ability {
	for _, node := range nodes {
		if node.Status.NodeInfo.OperatingSystem == "windows" {
			return Ability{OK: true}
		}
	}
	return Ability{Reason: say.T("no node runs Windows")}
}

func userNamespaces(nodes []corev1.Node) Ability {
	for _, node := range nodes {
		for _, handler := range node.Status.RuntimeHandlers {
			if handler.Features != nil && handler.Features.UserNamespaces != nil && *handler.Features.UserNamespaces {
				return Ability{OK: true}
			}
		}
	}
	return Ability{Reason: say.T("no node's container runtime offers user namespaces")}
}

// sharedKernel looks at this machine's kernel, if the nodes run on the same.
func sharedKernel(nodes []corev1.Node) func(what, path, want string) Ability {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	same := err == nil && len(nodes) > 0
	for _, node := range nodes {
		same = same && node.Status.NodeInfo.KernelVersion == strings.TrimSpace(string(release))
	}
	return func(what, path, want string) Ability {
		if !same {
			return Ability{Reason: say.T("whether the nodes have %s cannot be seen from here", what)}
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), want) {
			return Ability{Reason: say.T("the nodes' kernel has no %s (%s)", what, path)}
		}
		return Ability{OK: true}
	}
}

// cgroupVersion is a metric of the kubelet; no API object has it.
func cgroupVersion(ctx context.Context, client kubernetes.Interface, node string) int {
	data, err := client.CoreV1().RESTClient().Get().Resource("nodes").Name(node).SubResource("proxy", "metrics").DoRaw(ctx)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		value, ok := strings.CutPrefix(line, "kubelet_cgroup_version ")
		switch {
		case ok && strings.TrimSpace(value) == "1":
			return 1
		case ok && strings.TrimSpace(value) == "2":
			return 2
		}
	}
	return 0
}
