package tui

import (
	"errors"
	"strings"
	"sync"
	"testing"
)

func TestQueueKeepsOrder(t *testing.T) {
	var mu sync.Mutex
	var got strings.Builder
	var failed error
	finished := make(chan struct{})
	q := newQueue(func(err error) { failed = err })
	for _, r := range "kubectl get pods" {
		q.put(func() error {
			mu.Lock()
			defer mu.Unlock()
			got.WriteRune(r)
			return nil
		})
	}
	refused := errors.New("the lesson is closed")
	q.put(func() error { return refused })
	q.put(func() error { close(finished); return nil })
	<-finished
	q.close()
	<-q.done
	if got.String() != "kubectl get pods" {
		t.Errorf("ran as %q", got.String())
	}
	if !errors.Is(failed, refused) {
		t.Errorf("the error told is %v", failed)
	}
}

// A queue that ends does not wait for what has not begun, nor take more.
func TestQueueEnds(t *testing.T) {
	q := newQueue(func(error) {})
	begun, release := make(chan struct{}), make(chan struct{})
	q.put(func() error { close(begun); <-release; return nil })
	<-begun
	late := false
	q.put(func() error { late = true; return nil })
	q.close()
	q.put(func() error { late = true; return nil })
	close(release)
	<-q.done
	if late {
		t.Error("an operation ran after the end")
	}
}
