package images

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/distribution/reference"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/podlab/podlab/internal/say"
)

const (
	// probeTimeout is how long a registry may take to answer at all.
	probeTimeout = 3 * time.Second
	// attempts is how often an image is begun when the connection breaks.
	// Layers that came in full are not fetched again.
	attempts = 3
)

var (
	// errSilent is a registry that did not answer when it was asked.
	errSilent = say.Errorf("its registry does not answer")
	// errUnsuited is an image that this machine cannot run.
	errUnsuited = say.Errorf("unsuited for this machine")
)

// puller pulls images, for one call of Ensure.
type puller struct {
	hosts     map[string]string
	transport http.RoundTripper
	timeout   time.Duration // of a probe
	tell      func(say.Text)

	mu     sync.Mutex
	silent map[string]error // by registry: nil when it answered
}

func newPuller(opts Options, tell func(say.Text)) *puller {
	return &puller{
		hosts:     opts.Hosts,
		transport: &patient{next: newTransport(), wait: opts.wait, stall: opts.stall, tell: tell},
		timeout:   opts.probe,
		tell:      tell,
		silent:    make(map[string]error),
	}
}

// repository returns where an image is asked for, and the registry it is said
// to come from.
func (p *puller) repository(ref string) (repo name.Repository, registry string, err error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return name.Repository{}, "", err
	}
	registry = reference.Domain(named)
	host := registry
	if other := p.hosts[registry]; other != "" {
		host = other
	}
	repo, err = name.NewRepository(host + "/" + reference.Path(named))
	return repo, registry, err
}

// probe asks the registries of the images, all at once, whether they are
// there. The answers hold for the life of the puller.
func (p *puller) probe(ctx context.Context, refs []string) {
	var asked sync.WaitGroup
	begun := make(map[string]bool)
	for _, ref := range refs {
		repo, registry, err := p.repository(ref)
		if err != nil || begun[registry] {
			continue // pull will return the error
		}
		begun[registry] = true
		asked.Go(func() {
			err := p.ask(ctx, repo.Registry)
			if err != nil {
				p.tell(say.T("%s does not answer", registry))
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			p.silent[registry] = err
		})
	}
	asked.Wait()
}

// Answers returns nil when the registry of an image answers, whatever it says.
// It takes a few seconds at most.
func Answers(ctx context.Context, ref string) error {
	p := newPuller(Options{probe: probeTimeout, stall: stallTimeout}, func(say.Text) {})
	repo, _, err := p.repository(ref)
	if err != nil {
		return err
	}
	return p.ask(ctx, repo.Registry)
}

// ask returns nil when anything that speaks HTTP answers: whether it serves
// the image is seen when it is asked for it.
func (p *puller) ask(ctx context.Context, registry name.Registry) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	url := fmt.Sprintf("%s://%s/v2/", registry.Scheme(), registry.RegistryStr())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := newTransport().RoundTrip(req)
	if err != nil {
		return say.Errorf("%w: %w", errSilent, err)
	}
	return resp.Body.Close()
}

// pull resolves the name to a digest, fetches the image for this machine by
// that digest and hands it to keep, which reads its layers and tells how many
// bytes it wrote.
func (p *puller) pull(ctx context.Context, ref string, keep func(img v1.Image, wrote func(int)) error) error {
	repo, registry, err := p.repository(ref)
	if err != nil {
		return err
	}
	if err := p.silent[registry]; err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		err := p.attempt(ctx, ref, repo, keep)
		if err == nil || attempt == attempts || ctx.Err() != nil || !broken(err) {
			return err
		}
		p.tell(say.T("%s: the connection broke, trying again (%v)", ref, err))
	}
}

func (p *puller) attempt(ctx context.Context, ref string, repo name.Repository, keep func(v1.Image, func(int)) error) error {
	options := []remote.Option{
		remote.WithContext(ctx),
		remote.WithTransport(p.transport),
		remote.WithPlatform(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}),
		remote.WithUserAgent("podlab"),
		// Not 429: that is answered by waiting, in patient.
		remote.WithRetryStatusCodes(http.StatusInternalServerError, http.StatusBadGateway,
			http.StatusServiceUnavailable, http.StatusGatewayTimeout),
	}
	digest, err := resolve(ref, repo, options)
	if err != nil {
		return err
	}
	desc, err := remote.Get(repo.Digest(digest.String()), options...)
	if err != nil {
		return err
	}
	img, err := forThisMachine(desc)
	if err != nil {
		return err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return err
	}
	if got := config.Architecture; got != "" && got != runtime.GOARCH {
		return unsuited(got)
	}
	m, err := img.Manifest()
	if err != nil {
		return err
	}
	total := m.Config.Size + desc.Size
	for _, l := range m.Layers {
		total += l.Size
	}
	return keep(img, p.meter(ref, total))
}

// forThisMachine is the image itself, or the one of an index that this machine
// can run.
func forThisMachine(desc *remote.Descriptor) (v1.Image, error) {
	if !desc.MediaType.IsIndex() {
		return desc.Image()
	}
	index, err := v1.ParseIndexManifest(bytes.NewReader(desc.Manifest))
	if err != nil {
		return nil, err
	}
	var others []string
	for _, child := range index.Manifests {
		p := child.Platform
		if p == nil {
			p = &v1.Platform{OS: "linux", Architecture: "amd64"} // as desc.Image takes it
		}
		if p.OS == "linux" && p.Architecture == runtime.GOARCH {
			return desc.Image()
		}
		if name := p.String(); p.OS != "unknown" && !slices.Contains(others, name) { // no image's attestation
			others = append(others, name)
		}
	}
	return nil, unsuited(others...)
}

func unsuited(has ...string) error {
	return say.Errorf("the registry has it for %s only, this machine is %s: %w",
		cmp.Or(strings.Join(has, ", "), "unknown"), "linux/"+runtime.GOARCH, errUnsuited)
}

// resolve asks for the digest that a tag stands for now.
func resolve(ref string, repo name.Repository, options []remote.Option) (v1.Hash, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return v1.Hash{}, err
	}
	if d, ok := named.(reference.Digested); ok {
		return v1.NewHash(d.Digest().String())
	}
	tag := repo.Tag(named.(reference.Tagged).Tag())
	head, err := remote.Head(tag, options...)
	if err == nil {
		return head.Digest, nil
	}
	// Some registries answer HEAD without a digest, or not at all.
	desc, gerr := remote.Get(tag, options...)
	if gerr != nil {
		return v1.Hash{}, gerr
	}
	return desc.Digest, nil
}

// meter reports bytes as they are written, a few times a second.
func (p *puller) meter(ref string, total int64) func(int) {
	const mega = 1e6
	var done int64
	var last time.Time
	return func(n int) {
		done += int64(n)
		if time.Since(last) < 100*time.Millisecond {
			return
		}
		last = time.Now()
		p.tell(say.T("%s: %.1f of %.1f MB", ref, float64(done)/mega, float64(total)/mega))
	}
}

// broken reports whether an error is one of the connection, worth a new try.
func broken(err error) bool {
	var network net.Error
	var body brokenError
	return errors.As(err, &network) || errors.As(err, &body) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errStalled)
}

// unavailable reports whether an error means that a registry cannot give an
// image, so that another source may be used. Content that is not what it
// claims to be is not among them: that is refused.
func unavailable(err error) bool {
	var refusal *transport.Error
	return errors.Is(err, errSilent) || errors.Is(err, errUnsuited) || broken(err) ||
		errors.As(err, &refusal) || errors.Is(err, remote.ErrSchema1)
}
