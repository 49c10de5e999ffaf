// Package engine plays one lesson on one cluster: it watches the lesson's
// objects, runs the learner's shell, decides outcomes, keeps their evidence and
// a journal, and tells it all as one ordered stream of events.
package engine
