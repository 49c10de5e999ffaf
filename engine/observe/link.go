package observe

import (
	"context"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

// answer is how long the API server may take for one short request.
const answer = 5 * time.Second

// Link is one unbroken connection to one cluster.
type Link struct {
	Config *rest.Config
	Client kubernetes.Interface
	// Cluster is the cluster's identity: the UID of the kube-system namespace,
	// and the start that the kubeconfig is for, if it names one.
	Cluster string
	Epoch   int
	// Mark is the cluster's revision at the time of connecting.
	Mark Mark

	kubeconfig string
	dynamic    dynamic.Interface
	ctx        context.Context
	lose       context.CancelCauseFunc
}

// Renew makes all watches begin anew, on a new link: when Synced has been called
// for that, they have told everything up to the new link's Mark.
func (l *Link) Renew() { l.lose(nil) }

// connect tries until the cluster answers, with pauses from 50 ms to 1 s. It
// returns nil when ctx ends. A loss that is over at the first try is not told.
func (o *Observer) connect(ctx context.Context) *Link {
	pause := wait.Backoff{Duration: 50 * time.Millisecond, Factor: 2, Steps: 6, Cap: time.Second}
	told := false
	for {
		link, err := o.dial(ctx)
		if err == nil {
			return link
		}
		if ctx.Err() != nil {
			return nil
		}
		if !told && o.cfg.Lost != nil {
			o.cfg.Lost(err)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause.Step()):
		}
	}
}

func (o *Observer) dial(ctx context.Context) (*Link, error) {
	config, err := ClientConfig(o.cfg.Kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, say.Errorf("cannot use %s: %w", o.cfg.Kubeconfig, err)
	}
	dyn, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, say.Errorf("cannot use %s: %w", o.cfg.Kubeconfig, err)
	}
	id, revision, err := identity(ctx, client, o.cfg.Kubeconfig)
	if err != nil {
		return nil, say.Errorf("the cluster does not answer: %w", err)
	}
	if id != o.cluster {
		o.cluster = id
		o.epoch++
	}
	l := &Link{Config: config, Client: client, Cluster: id, Epoch: o.epoch, Mark: Mark{o.epoch, revision}, dynamic: dyn, kubeconfig: o.cfg.Kubeconfig}
	l.ctx, l.lose = context.WithCancelCause(ctx)
	return l, nil
}

// ClientConfig reads a kubeconfig for a client that is not slowed down on its
// own side.
func ClientConfig(path string) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		return nil, say.Errorf("cannot read the lab's kubeconfig: %w", err)
	}
	config.QPS = -1
	config.UserAgent = "podlab"
	config.WarningHandlerWithContext = rest.NoWarnings{}
	return config, nil
}

// identity asks, with one request, who the cluster is and at which revision.
func identity(ctx context.Context, client kubernetes.Interface, kubeconfig string) (id string, revision uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	start, err := cluster.StartOf(kubeconfig)
	if err != nil {
		return "", 0, err
	}
	list, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + metav1.NamespaceSystem})
	if err != nil {
		return "", 0, err
	}
	if len(list.Items) == 0 {
		return "", 0, say.Errorf("it has not made its kube-system namespace yet")
	}
	revision, err = strconv.ParseUint(list.ResourceVersion, 10, 64)
	if err != nil {
		return "", 0, say.Errorf("its revisions are not numbers: %w", err)
	}
	id = string(list.Items[0].UID)
	if start != "" {
		id += "/" + start
	}
	return id, revision, nil
}

// mapping finds the resource of a kind.
func (l *Link) mapping(t Target) (gvr schema.GroupVersionResource, namespaced bool, err error) {
	gv, err := schema.ParseGroupVersion(t.APIVersion)
	if err != nil {
		return gvr, false, err
	}
	list, err := l.Client.Discovery().ServerResourcesForGroupVersion(t.APIVersion)
	if err != nil {
		return gvr, false, err
	}
	for _, r := range list.APIResources {
		if r.Kind == t.Kind && isRoot(r.Name) {
			return gv.WithResource(r.Name), r.Namespaced, nil
		}
	}
	return gvr, false, &meta.NoKindMatchError{GroupKind: gv.WithKind(t.Kind).GroupKind(), SearchedVersions: []string{gv.Version}}
}

func isRoot(resource string) bool {
	for _, c := range resource {
		if c == '/' {
			return false // a subresource such as pods/eviction
		}
	}
	return true
}
