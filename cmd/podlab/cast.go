package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/podlab/podlab/internal/say"
)

// castHeader is the first line of an asciicast, version 2.
type castHeader struct {
	Version   int               `json:"version"`
	Width     int               `json:"width"`
	Height    int               `json:"height"`
	Timestamp int64             `json:"timestamp"`
	IdleLimit float64           `json:"idle_time_limit"` // longer pauses are cut short by players
	Title     string            `json:"title"`
	Env       map[string]string `json:"env"`
}

// cast records what is written to a terminal as an asciicast v2 file. It is safe
// for concurrent use. To Bubble Tea it is the terminal itself.
type cast struct {
	terminal *os.File // nil where there is none
	file     io.WriteCloser
	began    time.Time
	now      func() time.Time

	mu            sync.Mutex
	width, height int    // of the screen, as the recording has it
	rest          []byte // the beginning of a character
	err           error
}

// newCast begins a recording. The file is closed by Close.
func newCast(file io.WriteCloser, terminal *os.File, width, height int, title string) (*cast, error) {
	c := &cast{terminal: terminal, file: file, now: time.Now, width: width, height: height}
	c.began = c.now()
	return c, c.line(castHeader{
		Version: 2, Width: width, Height: height, Timestamp: c.began.Unix(), IdleLimit: 4, Title: title,
		Env: map[string]string{"TERM": "xterm-256color", "SHELL": "/bin/bash"},
	})
}

func (c *cast) line(v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	if _, err := c.file.Write(b.Bytes()); err != nil {
		return say.Errorf("cannot write the recording: %w", err)
	}
	return nil
}

// Write shows and records output. A recording that cannot be written does not
// keep the screen from being shown: Close tells of it.
func (c *cast) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := append(c.rest, p...)
	whole := len(text)
	for i := 1; i <= min(utf8.UTFMax, len(text)); i++ {
		if b := text[len(text)-i]; utf8.RuneStart(b) {
			if !utf8.FullRune(text[len(text)-i:]) {
				whole = len(text) - i
			}
			break
		}
	}
	c.resized()
	if whole > 0 {
		c.event("o", string(text[:whole]))
	}
	c.rest = append([]byte(nil), text[whole:]...)
	if c.terminal == nil {
		return len(p), nil
	}
	return c.terminal.Write(p)
}

// resized records a new size of the terminal, before what is drawn for it.
func (c *cast) resized() {
	if c.terminal == nil {
		return
	}
	w, h, err := term.GetSize(int(c.terminal.Fd()))
	if err != nil || w == c.width && h == c.height {
		return // an odd terminal has no size; it is shown all the same
	}
	c.width, c.height = w, h
	c.event("r", fmt.Sprintf("%dx%d", w, h))
}

// event records something that happens now, unless the recording has failed.
func (c *cast) event(kind, data string) {
	if c.err == nil {
		c.err = c.line([]any{float64(c.now().Sub(c.began).Microseconds()) / 1e6, kind, data})
	}
}

// Read and Fd are the terminal's.
func (c *cast) Read(p []byte) (int, error) { return c.terminal.Read(p) }

// Fd implements term.File.
func (c *cast) Fd() uintptr { return c.terminal.Fd() }

// Close ends the recording. The terminal stays open.
func (c *cast) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.err
	if closeErr := c.file.Close(); err == nil && closeErr != nil {
		err = say.Errorf("cannot write the recording: %w", closeErr)
	}
	return err
}

// writerOnly hides that a recording without a terminal could be one.
type writerOnly struct{ io.Writer }
