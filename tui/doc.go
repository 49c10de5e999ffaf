// Package tui is podlab's screen: the list of lessons, a lesson with its
// steps, prose, outcomes and live terminal, and the start of the cluster.
//
// Its rules:
//
//   - Model is the one Bubble Tea model. Everything below it is a plain struct
//     with imperative methods, drawn into one canvas.
//   - Update and View do no I/O and never wait. A side effect is a method that
//     returns a tea.Cmd, or an operation put in a session's queue.
//   - The screen never says what the session has not said: an outcome turns
//     when its event arrives, not when a command was sent.
//   - Text comes from package content, by message id; keys from one KeyMap.
//   - A state has a mark and a word. Colour only repeats them.
//   - A screen too small for a layout gets a smaller layout, and below the
//     minimum one plain message; nothing is lost by it.
package tui
