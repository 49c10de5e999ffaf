// Command gmsa-webhook is the lab's stand-in for two images that a cluster with
// Windows nodes would pull. It uses nothing but the standard library.
//
// Without arguments it is the admission webhook of Windows group managed service
// accounts: it serves /mutate, /validate and /health over TLS, with the key pair
// that the variables TLS_CRT and TLS_KEY name. The mutating half writes the
// contents of a GMSACredentialSpec beside its name in a Pod; the validating half
// refuses Pods whose ServiceAccount may not use it, and contents that differ.
//
// With the arguments "create" or "patch" it is kube-webhook-certgen: it makes a
// certificate authority and a key pair in a Secret, and writes the authority
// into webhook configurations.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string) error {
	api, err := inCluster()
	if err != nil {
		return err
	}
	switch {
	case len(args) == 0:
		return serve(ctx, &webhook{api})
	case args[0] == "create":
		return create(ctx, api, args[1:])
	case args[0] == "patch":
		return patch(ctx, api, args[1:])
	}
	return fmt.Errorf("unknown command %q: expected create or patch, or none to serve the webhook", args[0])
}

// serve answers until ctx ends, and then finishes what it is at.
func serve(ctx context.Context, h http.Handler) error {
	cert, key := os.Getenv("TLS_CRT"), os.Getenv("TLS_KEY")
	if cert == "" || key == "" {
		return errors.New("no key pair: set TLS_CRT and TLS_KEY to the paths of its files")
	}
	s := &http.Server{Addr: ":443", Handler: h, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- s.Shutdown(last)
	}()
	log.Printf("listening on %s", s.Addr)
	if err := s.ListenAndServeTLS(cert, key); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
