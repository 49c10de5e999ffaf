package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"strconv"
)

// review is admission.k8s.io/v1 AdmissionReview.
type review struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Request    *request  `json:"request,omitempty"`
	Response   *response `json:"response,omitempty"`
}

type request struct {
	UID       string `json:"uid"`
	Kind      gvk    `json:"kind"`
	Namespace string `json:"namespace"`
	Operation string `json:"operation"`
	Object    *pod   `json:"object"`
	OldObject *pod   `json:"oldObject"`
}

type gvk struct {
	Kind string `json:"kind"`
}

type response struct {
	UID       string  `json:"uid"`
	Allowed   bool    `json:"allowed"`
	Status    *status `json:"status,omitempty"`
	Patch     []byte  `json:"patch,omitempty"` // JSON patch; base64 in JSON
	PatchType string  `json:"patchType,omitempty"`
}

type status struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// operation is one entry of a JSON patch.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value string `json:"value"`
}

// bodyLimit is more than the API server ever sends.
const bodyLimit = 16 << 20

// webhook answers the API server.
type webhook struct{ api *api }

// ServeHTTP implements http.Handler.
func (w *webhook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	var (
		judge func(context.Context, *request) ([]operation, error)
		does  string
	)
	switch r.URL.Path {
	case "/health":
		rw.WriteHeader(http.StatusNoContent)
		return
	case "/mutate":
		judge, does = w.mutate, "mutate"
	case "/validate":
		judge, does = w.validate, "validate"
	default:
		http.NotFound(rw, r)
		return
	}
	if r.Method != http.MethodPost {
		http.Error(rw, "expected POST", http.StatusMethodNotAllowed)
		return
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		http.Error(rw, "expected application/json", http.StatusUnsupportedMediaType)
		return
	}
	var in review
	if err := json.NewDecoder(io.LimitReader(r.Body, bodyLimit)).Decode(&in); err != nil {
		http.Error(rw, "expected an AdmissionReview: "+err.Error(), http.StatusBadRequest)
		return
	}
	if in.Request == nil || in.Request.Kind.Kind != "Pod" || in.Request.Object == nil {
		http.Error(rw, "expected an AdmissionReview with the request of a Pod", http.StatusBadRequest)
		return
	}
	out := review{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview", Response: answer(judge(r.Context(), in.Request))}
	out.Response.UID = in.Request.UID
	// Quoted: whoever reaches this server can write what he likes here, also new lines.
	log.Printf("%s: %s in namespace %s: allowed %t", does,
		strconv.Quote(in.Request.Operation), strconv.Quote(in.Request.Namespace), out.Response.Allowed)
	rw.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(rw).Encode(out); err != nil {
		log.Printf("%s: the answer was not sent: %v", does, err)
	}
}

// answer puts a judgment into words.
func answer(patch []operation, err error) *response {
	if err != nil {
		code := http.StatusInternalServerError
		var known *statusError
		if errors.As(err, &known) {
			code = known.code
		}
		return &response{Status: &status{Code: code, Message: err.Error()}}
	}
	a := &response{Allowed: true}
	if len(patch) == 0 {
		return a
	}
	data, err := json.Marshal(patch)
	if err != nil {
		return answer(nil, err)
	}
	a.Patch, a.PatchType = data, "JSONPatch"
	return a
}

// mutate writes the contents of each spec that is named, unless some are there
// already: whether those are right is for validate to say.
func (w *webhook) mutate(ctx context.Context, r *request) ([]operation, error) {
	if r.Operation != "CREATE" {
		return nil, nil
	}
	var patch []operation
	for _, p := range r.Object.places() {
		if p.options.Name == nil || p.options.Contents != nil {
			continue
		}
		contents, err := w.api.credentialSpec(ctx, *p.options.Name)
		if err != nil {
			return nil, err
		}
		patch = append(patch, operation{"add", p.pointer + "/gmsaCredentialSpec", contents})
	}
	return patch, nil
}

// validate refuses what a Pod may not have.
func (w *webhook) validate(ctx context.Context, r *request) ([]operation, error) {
	if r.Operation == "UPDATE" {
		return nil, unchanged(r.Object, r.OldObject)
	}
	account := r.Object.Spec.ServiceAccountName
	if account == "" {
		account = "default"
	}
	for _, p := range r.Object.places() {
		if err := w.validatePlace(ctx, p, r.Namespace, account); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (w *webhook) validatePlace(ctx context.Context, p place, namespace, account string) error {
	if p.options.Name == nil {
		if p.options.Contents == nil {
			return nil
		}
		return &statusError{
			http.StatusUnprocessableEntity,
			p.of + " has a GMSA cred spec set, but does not define the name of the corresponding resource",
		}
	}
	name := *p.options.Name
	ok, reason, err := w.api.mayUse(ctx, namespace, account, name)
	if err != nil {
		return err
	}
	if !ok {
		message := fmt.Sprintf("service account %q is not authorized to `use` GMSA cred spec %q", account, name)
		if reason != "" {
			message += fmt.Sprintf(", reason: %q", reason)
		}
		return &statusError{http.StatusForbidden, message}
	}
	if p.options.Contents == nil {
		return nil
	}
	contents, err := w.api.credentialSpec(ctx, name)
	if err != nil {
		return err
	}
	if !sameJSON(*p.options.Contents, contents) {
		return &statusError{
			http.StatusUnprocessableEntity,
			fmt.Sprintf("the GMSA cred spec contents for %s does not match the contents of GMSA resource %q", p.of, name),
		}
	}
	return nil
}

// unchanged refuses an update that touches a name or contents. Containers are
// told apart by their names, for an ephemeral one may be added to a Pod.
func unchanged(now, before *pod) error {
	old := map[string]windowsOptions{}
	if before != nil {
		for _, p := range before.places() {
			old[p.of] = p.options
		}
	}
	for _, p := range now.places() {
		was := old[p.of]
		delete(old, p.of)
		if !same(was, p.options) {
			return &statusError{http.StatusForbidden, fmt.Sprintf("cannot update an existing pod's GMSA settings (GMSA of %s modified)", p.of)}
		}
	}
	for of, was := range old {
		if was.Name != nil || was.Contents != nil {
			return &statusError{http.StatusForbidden, fmt.Sprintf("cannot update an existing pod's GMSA settings (GMSA of %s removed)", of)}
		}
	}
	return nil
}

func same(a, b windowsOptions) bool { return equal(a.Name, b.Name) && equal(a.Contents, b.Contents) }

func equal(a, b *string) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}
