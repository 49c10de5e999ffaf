package engine

import "sync"

// queue is a first-in-first-out list without a bound, so that who puts never
// waits for who takes.
type queue[T any] struct {
	mu     sync.Mutex
	items  []T
	closed bool
	news   chan struct{} // holds one token while there may be something new
}

func newQueue[T any]() *queue[T] { return &queue[T]{news: make(chan struct{}, 1)} }

// put adds to the end. After close it does nothing.
func (q *queue[T]) put(items ...T) {
	q.mu.Lock()
	if !q.closed {
		q.items = append(q.items, items...)
	}
	q.mu.Unlock()
	q.wake()
}

// take waits for something and returns all there is; nothing after close.
func (q *queue[T]) take() []T {
	for {
		q.mu.Lock()
		items, closed := q.items, q.closed
		q.items = nil
		q.mu.Unlock()
		if len(items) > 0 || closed {
			return items
		}
		<-q.news
	}
}

// close lets take return once what is in the queue has been taken.
func (q *queue[T]) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.wake()
}

func (q *queue[T]) wake() {
	select {
	case q.news <- struct{}{}:
	default:
	}
}
