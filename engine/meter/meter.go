package meter

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/client-go/kubernetes"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/engine/picture"
	"github.com/podlab/podlab/internal/say"
)

// Exec runs a command on a node and waits for it: cluster.Provider's Exec.
type Exec func(ctx context.Context, node string, argv []string, stdio cluster.Stdio) error

// cgroups is where nodes have theirs.
const cgroups = "/sys/fs/cgroup"

// Node reads the cgroups of Pods on one node, once a second, with one command that
// runs there as long as ctx does, and tells the readings by the containers' IDs.
// It returns when ctx ends or the command does, such as by the end of its node.
func Node(ctx context.Context, exec Exec, node string, uids []string, tell func(map[string]picture.Reading)) error {
	argv := append([]string{"sh", "-c", script, "podlab-meter", cgroups}, condition(uids)...)
	// A file, which exec hands on: it would wait for the end of any other reader.
	hold, release, err := os.Pipe()
	if err != nil {
		return say.Errorf("run %s on %s: %w", "podlab-meter", node, err)
	}
	out, in := io.Pipe()
	stop := context.AfterFunc(ctx, func() { _ = release.Close() })
	defer stop()
	read := make(chan error, 1)
	go func() {
		err := parse(out, time.Now, tell)
		_ = out.CloseWithError(errors.Join(err, io.ErrClosedPipe))
		read <- err
	}()
	err = exec(ctx, node, argv, cluster.Stdio{In: hold, Out: in})
	_ = release.Close()
	_ = hold.Close()
	_ = in.Close()
	if readErr := <-read; err == nil {
		err = readErr
	}
	return err
}

// condition makes find's condition for the Pods' folders: with the systemd driver
// hyphens of a UID are underscores.
func condition(uids []string) []string {
	var argv []string
	for _, uid := range uids {
		for _, name := range []string{uid, strings.ReplaceAll(uid, "-", "_")} {
			if len(argv) > 0 {
				argv = append(argv, "-o")
			}
			argv = append(argv, "-name", "*pod"+name, "-o", "-name", "*pod"+name+".slice")
		}
	}
	return argv
}

// Metrics asks the metrics API once for the usage of a namespace's Pods. The
// answer is by Pod and container; the figures are means over the API's window.
func Metrics(ctx context.Context, client kubernetes.Interface, namespace string) (map[string]map[string]picture.Reading, error) {
	data, err := client.Discovery().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/namespaces", namespace, "pods").DoRaw(ctx)
	if err != nil {
		return nil, say.Errorf("ask the metrics API: %w", err)
	}
	var answer struct {
		Items []struct {
			Metadata   struct{ Name string }
			Timestamp  time.Time
			Containers []struct {
				Name  string
				Usage struct{ CPU, Memory resource.Quantity }
			}
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, say.Errorf("read the metrics API's answer: %w", err)
	}
	all := map[string]map[string]picture.Reading{}
	for _, pod := range answer.Items {
		all[pod.Metadata.Name] = map[string]picture.Reading{}
		for _, c := range pod.Containers {
			all[pod.Metadata.Name][c.Name] = picture.Reading{
				At: pod.Timestamp, Memory: c.Usage.Memory.Value(), CPU: -1, Milli: c.Usage.CPU.MilliValue(),
			}
		}
	}
	return all, nil
}

// Probes asks a node's kubelet once what it has counted of its probes.
func Probes(ctx context.Context, client kubernetes.Interface, node string) ([]picture.Count, error) {
	data, err := client.CoreV1().RESTClient().Get().Resource("nodes").Name(node).SubResource("proxy", "metrics", "probes").DoRaw(ctx)
	if err != nil {
		return nil, say.Errorf("ask %s for its probes: %w", node, err)
	}
	return parseCounts(string(data)), nil
}
