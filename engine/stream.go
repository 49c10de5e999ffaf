package engine

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// maxUnread is how much of the terminal's output may wait for a reader before
// the terminal does.
const maxUnread = 4 << 20

// stream journals and delivers a session's events, in their order.
type stream struct {
	events  chan Event
	in, mid *queue[item]
	journal journaler // nil without one
	ended   chan struct{}
	workers sync.WaitGroup

	unread atomic.Int64 // bytes of ShellOutput that nobody has read yet
	room   chan struct{}
	once   sync.Once

	mu                  sync.Mutex
	unwritten, unsynced error // what keeps records from the journal, and the journal from the disk
}

// journaler is a *journal.Journal, but in tests.
type journaler interface {
	Append(records ...any) error
	Sync() error
	Close() error
}

// item is an event, a record for the journal, or both.
type item struct {
	event  Event
	record any
}

func newStream(j journaler) *stream {
	st := &stream{
		events: make(chan Event), in: newQueue[item](), mid: newQueue[item](), journal: j,
		ended: make(chan struct{}), room: make(chan struct{}, 1),
	}
	st.workers.Go(st.save)
	st.workers.Go(st.deliver)
	return st
}

// put adds an event (or nil) and its record for the journal (or nil).
func (st *stream) put(e Event, record any) {
	if o, ok := e.(ShellOutput); ok {
		st.unread.Add(int64(len(o.Data)))
	}
	st.in.put(item{e, record})
}

// waitForRoom returns when little enough of the terminal's output is unread.
func (st *stream) waitForRoom() {
	for st.unread.Load() > maxUnread {
		select {
		case <-st.room:
		case <-st.ended:
			return
		}
	}
}

// save writes records to the journal before their events are told, so that the
// screen never shows what the death of the program would lose, and then makes
// them safe from the machine's. A slow disk holds up no event: it syncs beside
// them, many records at once when they come fast.
func (st *stream) save() {
	defer st.mid.close()
	var unsaved []any
	dirty := make(chan struct{}, 1)
	syncing := sync.WaitGroup{}
	syncing.Go(func() {
		for range dirty {
			st.report(&st.unsynced, st.journal.Sync())
		}
	})
	defer syncing.Wait()
	defer close(dirty)
	write := func() {
		if len(unsaved) == 0 {
			return
		}
		err := st.journal.Append(unsaved...)
		if err == nil {
			unsaved = nil
			select {
			case dirty <- struct{}{}:
			default: // a sync is due that will cover these
			}
		}
		st.report(&st.unwritten, err)
	}
	for {
		items := st.in.take()
		if len(items) == 0 {
			write() // for the last time
			return
		}
		for _, it := range items {
			if it.record != nil && st.journal != nil {
				unsaved = append(unsaved, it.record)
			}
		}
		write()
		st.mid.put(items...)
	}
}

// report tells when something begins to keep records from being saved, and when
// nothing does any more.
func (st *stream) report(trouble *error, err error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	failed := st.unwritten != nil || st.unsynced != nil
	*trouble = err
	if failed != (st.unwritten != nil || st.unsynced != nil) {
		st.mid.put(item{event: JournalFailed{Err: err, At: time.Now()}})
	}
}

// deliver hands the events to the reader.
func (st *stream) deliver() {
	defer close(st.events)
	for {
		items := st.mid.take()
		if len(items) == 0 {
			return
		}
		for _, e := range merge(items) {
			select {
			case st.events <- e:
			case <-st.ended:
				continue // journaled, but nobody reads any more
			}
			if o, ok := e.(ShellOutput); ok {
				st.unread.Add(-int64(len(o.Data)))
				select {
				case st.room <- struct{}{}:
				default:
				}
			}
		}
	}
}

// merge joins output that follows on output, up to 64 KiB a piece.
func merge(items []item) []Event {
	var events []Event
	for _, it := range items {
		if it.event == nil {
			continue
		}
		next, ok := it.event.(ShellOutput)
		if ok && len(events) > 0 {
			if last, ok := events[len(events)-1].(ShellOutput); ok && len(last.Data)+len(next.Data) <= 64<<10 {
				events[len(events)-1] = ShellOutput{Data: append(last.Data, next.Data...)}
				continue
			}
		}
		events = append(events, it.event)
	}
	return events
}

// release lets nothing wait for the reader any more.
func (st *stream) release() { st.once.Do(func() { close(st.ended) }) }

// close saves what is to be saved, closes the channel of events and the journal.
// The error tells what could not be saved.
func (st *stream) close() error {
	st.release()
	st.in.close()
	st.workers.Wait()
	if st.journal == nil {
		return nil
	}
	return errors.Join(st.unwritten, st.unsynced, st.journal.Close())
}
