package tui

import "sync"

// queue runs operations on a session one after another, in the order in which
// they were put in, in a goroutine of its own: keys must reach the shell in
// order, and Update must not wait for it.
type queue struct {
	mu     sync.Mutex
	ops    []func() error
	wake   chan struct{}
	closed bool
	done   chan struct{}
	failed func(error)
}

// newQueue starts a queue; failed gets the operations' errors.
func newQueue(failed func(error)) *queue {
	q := &queue{wake: make(chan struct{}, 1), done: make(chan struct{}), failed: failed}
	go q.run()
	return q
}

// put adds an operation. It never blocks.
func (q *queue) put(op func() error) {
	q.mu.Lock()
	if !q.closed {
		q.ops = append(q.ops, op)
	}
	q.mu.Unlock()
	q.signal()
}

// close ends the queue after the operation that runs; the rest are dropped.
// Wait on done for its end.
func (q *queue) close() {
	q.mu.Lock()
	q.closed, q.ops = true, nil
	q.mu.Unlock()
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue) run() {
	defer close(q.done)
	for range q.wake {
		for {
			q.mu.Lock()
			if q.closed {
				q.mu.Unlock()
				return
			}
			if len(q.ops) == 0 {
				q.mu.Unlock()
				break
			}
			op := q.ops[0]
			q.ops = q.ops[1:]
			q.mu.Unlock()
			if err := op(); err != nil {
				q.failed(err)
			}
		}
	}
}
