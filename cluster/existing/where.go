package existing

import (
	"cmp"
	"context"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/podlab/podlab/internal/say"
)

// site is a cluster that may have objects of the lab.
type site struct {
	config *rest.Config
	// namespaces are those in which lessons make objects there, besides those
	// that they make themselves.
	namespaces []string
}

// siteOf is the cluster of a kubeconfig's context.
func siteOf(client *rest.Config, file *clientcmdapi.Config) site {
	s := site{client, []string{metav1.NamespaceDefault}}
	if c := file.Contexts[file.CurrentContext]; c != nil {
		s.namespaces = append(s.namespaces, cmp.Or(c.Namespace, metav1.NamespaceDefault))
	}
	return s
}

// where objects of a kind are listed: in a namespace, or everywhere.
type where struct {
	schema.GroupVersionResource
	namespaced bool
	namespace  string
}

func (w where) String() string { return strings.TrimPrefix(w.namespace+"/"+w.Resource, "/") }

// narrow returns where else to look for a kind that may not be listed: in single
// namespaces, if it has any. Where that was tried too, nothing is missed if the
// user may not make such objects either.
func (s *sweeping) narrow(ctx context.Context, w where, why error) (instead []where) {
	if w.namespaced && w.namespace == "" {
		for _, n := range s.namespaces {
			instead = append(instead, where{w.GroupVersionResource, true, n})
		}
		return instead
	}
	review, err := s.typed.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: w.namespace, Verb: "create", Group: w.Group, Version: w.Version, Resource: w.Resource,
		}},
	}, metav1.CreateOptions{})
	if err != nil || review.Status.Allowed {
		s.closed, s.why = append(s.closed, w), why
	}
	return nil
}

// unseen is the error of what may be left where the user may not look.
func (s *sweeping) unseen() error {
	if len(s.closed) == 0 {
		return nil
	}
	var names []string
	for _, w := range s.closed {
		names = append(names, w.String())
	}
	return say.Errorf("list %s: %w", strings.Join(names, ", "), s.why)
}
