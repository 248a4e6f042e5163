// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Status is what there is to know of a service and, if it is a group, of those in it. It is a value: it does not change later. It can be marshalled as JSON.
type Status struct {
	Name        string    // within its group; "" for the outermost
	State       State     //
	Since       time.Time // when the state began; zero for the outermost
	Restarts    int       // how often a Supervisor has restarted it
	LastError   error     // the latest error of starting, running or stopping; it stays when all is well again
	HealthError error     // what Checker.Health says
	ReadyError  error     // what Readier.Ready says
	Children    []Status
}

// Health returns nil if no part of the tree has failed or says that it isn't in order, else what is wrong, joined, each a *ChildError or the error of s itself.
func (s Status) Health() error {
	return s.collect(func(s Status) error {
		if s.State == Failed || s.State == Waiting {
			return fmt.Errorf("%v: %w", s.State, orUnknown(s.LastError))
		}
		return s.HealthError
	})
}

// Ready returns nil if every part of the tree runs and none says that it isn't ready, else what is missing, joined. What ended by itself without an error, and
// so stands as Stopped in a group that runs, is ready.
func (s Status) Ready() error {
	if s.State != Running {
		return fmt.Errorf("%v", s.State)
	}
	return s.collect(func(c Status) error {
		switch c.State {
		case Running, Stopped:
			return c.ReadyError
		case Failed, Waiting:
			return fmt.Errorf("%v: %w", c.State, orUnknown(c.LastError))
		}
		return fmt.Errorf("%v", c.State)
	})
}

func orUnknown(err error) error {
	if err == nil {
		return errors.New("unknown cause")
	}
	return err
}

// collect joins the errors of all below s, if s has none itself.
func (s Status) collect(f func(Status) error) error {
	var errs []error
	if err := f(s); err != nil {
		return err
	}
	for _, c := range s.Children {
		for _, err := range split(c.collect(f)) {
			errs = append(errs, childError(c.Name, err))
		}
	}
	return errors.Join(errs...)
}

func split(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// MarshalJSON writes an object with name, state, since, restarts, error, health, ready and children; what is empty is left out.
func (s Status) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name     string    `json:"name,omitempty"`
		State    State     `json:"state"`
		Since    time.Time `json:"since,omitzero"`
		Restarts int       `json:"restarts,omitempty"`
		Error    string    `json:"error,omitempty"`
		Health   string    `json:"health,omitempty"`
		Ready    string    `json:"ready,omitempty"`
		Children []Status  `json:"children,omitempty"`
	}{s.Name, s.State, s.Since, s.Restarts, text(s.LastError), text(s.HealthError), text(s.ReadyError), s.Children})
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// String returns a line for each service, those in a group below it and indented:
//
//	running
//	  web running since 2026-01-02T15:04:05Z
//	  worker waiting since 2026-01-02T15:05:00Z, 3 restarts: connection refused
func (s Status) String() string {
	var b strings.Builder
	s.write(&b, "")
	return b.String()
}

func (s Status) write(b *strings.Builder, indent string) {
	b.WriteString(indent)
	if s.Name != "" {
		b.WriteString(s.Name + " ")
	}
	b.WriteString(s.State.String())
	if !s.Since.IsZero() {
		b.WriteString(" since " + s.Since.Format(time.RFC3339))
	}
	if s.Restarts > 0 {
		fmt.Fprintf(b, ", %d restarts", s.Restarts)
	}
	for _, err := range []error{s.LastError, s.HealthError, s.ReadyError} {
		if err != nil {
			b.WriteString(": " + strings.ReplaceAll(err.Error(), "\n", "; ")) // an error may have several lines
		}
	}
	b.WriteString("\n")
	for _, c := range s.Children {
		c.write(b, indent+"  ")
	}
}
