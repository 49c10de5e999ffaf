package apiserver

import (
	"errors"
	"slices"
	"testing"

	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func TestCommandHasAllFlags(t *testing.T) {
	flags := func(set *pflag.FlagSet) (all []string) {
		set.VisitAll(func(f *pflag.Flag) { all = append(all, f.Name+"="+f.DefValue) })
		return all
	}
	ours, theirs := flags(command(t.Context()).Flags()), flags(app.NewAPIServerCommand().Flags())
	ours = slices.DeleteFunc(ours, func(s string) bool { return s == atOnce+"=false" })
	if len(theirs) < 100 || !slices.Equal(ours, theirs) {
		t.Errorf("%d flags, Kubernetes' own has %d:\n%v\n%v", len(ours), len(theirs), ours, theirs)
	}
}

func TestBootstrapReplacesTwoHooks(t *testing.T) {
	h, err := bootstrap()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"rbac/bootstrap-roles", "scheduling/bootstrap-system-priority-classes"}
	if got := h.replaces(); !slices.Equal(got, want) {
		t.Errorf("replaces %q", got)
	}
}

func TestWrite(t *testing.T) {
	client := fake.NewClientset()
	// The storage is not ready at first: what was written stays, the rest follows.
	tries := 0
	client.PrependReactor("create", "clusterrolebindings", func(clienttesting.Action) (bool, runtime.Object, error) {
		tries++
		return tries == 3, nil, errors.New("storage is (re)initializing")
	})
	if err := write(t.Context(), client); err == nil {
		t.Fatal("a binding could not be written, and nothing said so")
	}
	if err := write(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	for what, get := range map[string]func() error{
		"role": func() error {
			_, err := client.RbacV1().ClusterRoles().Get(t.Context(), "cluster-admin", metav1.GetOptions{})
			return err
		},
		"controller's role": func() error {
			_, err := client.RbacV1().ClusterRoles().Get(t.Context(), "system:controller:job-controller", metav1.GetOptions{})
			return err
		},
		"binding": func() error {
			_, err := client.RbacV1().ClusterRoleBindings().Get(t.Context(), "system:kube-scheduler", metav1.GetOptions{})
			return err
		},
		"role of a namespace": func() error {
			_, err := client.RbacV1().Roles("kube-system").Get(t.Context(), "extension-apiserver-authentication-reader", metav1.GetOptions{})
			return err
		},
		"binding of a namespace": func() error {
			_, err := client.RbacV1().RoleBindings("kube-public").Get(t.Context(), "system:controller:bootstrap-signer", metav1.GetOptions{})
			return err
		},
		"priority class": func() error {
			_, err := client.SchedulingV1().PriorityClasses().Get(t.Context(), "system-node-critical", metav1.GetOptions{})
			return err
		},
	} {
		if err := get(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	client.ClearActions()
	if err := write(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	if n := len(client.Actions()); n != 1 {
		t.Errorf("%d requests where all is there", n)
	}
}
