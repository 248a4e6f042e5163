// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// defaultPatience is how long a program may take to read an event, and to end.
const defaultPatience = 30 * time.Second

// execReporter tells a program what happens, an [Event] a line on its standard input. A program that does not read in time, or ends, is told no more; Done says so.
type execReporter struct {
	o       Options
	label   string
	cmd     *exec.Cmd
	cancel  context.CancelFunc // kills it
	in      *os.File
	printed *bytes.Buffer // what it printed, if o.Writer is no file that it can have itself
	run     *result.Run
	err     error
	waited  bool

	patience time.Duration
}

var _ io.Closer = (*execReporter)(nil)

func newExec(o Options) (Reporter, error) {
	words, err := split(o.Arg)
	if err != nil {
		return nil, err
	}
	if len(words) == 0 {
		return nil, errors.New("reporter: exec needs a program: exec:program args")
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &execReporter{o: o, label: words[0], cmd: exec.CommandContext(ctx, words[0], words[1:]...), cancel: cancel, patience: defaultPatience}
	r.cmd.Stderr = os.Stderr
	if f, ok := o.Writer.(*os.File); ok {
		r.cmd.Stdout = f
	} else {
		r.printed = new(bytes.Buffer)
		r.cmd.Stdout = r.printed
	}
	r.cmd.WaitDelay = time.Second
	theirs, ours, err := os.Pipe()
	if err != nil {
		cancel()
		return nil, fmt.Errorf("reporter: exec: %w", err)
	}
	r.cmd.Stdin, r.in = theirs, ours
	err = r.cmd.Start()
	theirs.Close()
	if err != nil {
		cancel()
		ours.Close()
		return nil, fmt.Errorf("reporter: exec: %w", err)
	}
	return r, nil
}

// split takes words apart at spaces outside of quotes.
func split(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	inside := false
	for _, c := range s {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, inside = c, true
		case c == ' ':
			if inside {
				words = append(words, word.String())
				word.Reset()
			}
			inside = false
		default:
			inside = true
			word.WriteRune(c)
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("reporter: exec: a quote of %q has no end", s)
	}
	if inside {
		words = append(words, word.String())
	}
	return words, nil
}

func (r *execReporter) send(e Event) {
	if r.err != nil || r.waited {
		return
	}
	b, err := json.Marshal(e)
	if err == nil {
		err = r.in.SetWriteDeadline(time.Now().Add(r.patience))
	}
	if err == nil {
		_, err = r.in.Write(append(b, '\n'))
	}
	if err != nil {
		r.err = fmt.Errorf("reporter: %s does not read what is reported: %w", r.label, err)
	}
}

func (r *execReporter) Begin(run *result.Run) {
	r.run = run
	e := Event{Event: "begin", Packages: run.Packages, Total: run.Total, Pass: run.Pass, Dry: run.Dry, Time: run.Started}
	if run.Shuffled {
		e.Seed = &run.Seed
	}
	r.send(e)
}

func (r *execReporter) StartTest(t *result.Test) {
	r.send(Event{Event: "start", Package: t.Package, Test: t.Name, Time: t.Started})
}

func (r *execReporter) Problem(t *result.Test, p result.Problem) {
	r.send(Event{Event: "problem", Package: t.Package, Test: t.Name, Problems: problemsOf([]result.Problem{p})})
}

func (r *execReporter) StopTest(t *result.Test) {
	e := Event{
		Event: "stop", Package: t.Package, Test: t.Name, Outcome: t.Outcome.String(), Reason: t.Reason, Problems: problemsOf(t.Problems),
		Output: bound(string(t.Output), maxMachine, t.Omitted), Time: t.Started, Elapsed: t.Elapsed.Seconds(), Flaky: t.Flaky(), Cached: t.Cached, Worker: t.Worker,
	}
	for _, w := range warnings(t) {
		e.Warnings = append(e.Warnings, EventWarning(w))
	}
	for _, o := range t.Attempts {
		e.Attempts = append(e.Attempts, o.String())
	}
	r.send(e)
}

func (r *execReporter) StopPackage(p *result.Package) {
	e := Event{
		Event: "package", Package: p.Path, Outcome: p.Outcome.String(), Problems: problemsOf(p.Problems), NoTests: p.NoTests, Cached: p.Cached,
		Output: bound(string(p.Output), maxMachine, 0), Build: bound(string(p.Build), maxMachine, 0), Elapsed: p.Elapsed.Seconds(),
	}
	if p.Coverage > 0 {
		e.Coverage = p.Coverage
	}
	r.send(e)
}

func (r *execReporter) Done(s *result.Summary) error {
	c := s.Counts
	r.send(Event{
		Event: "done", Elapsed: s.Elapsed.Seconds(), Interrupted: s.Interrupted, Passed: s.Passed,
		Counts: map[string]int{"run": c.Run, "successes": c.Successes, "failures": c.Failures, "errors": c.Errors, "skips": c.Skips,
			"expectedFailures": c.ExpectedFailures, "unexpectedSuccesses": c.UnexpectedSuccesses, "flaky": c.Flaky},
	})
	if s.Run != nil && s.Run.Pass > 0 {
		return r.err
	}
	return r.Close()
}

// Close ends the program's input and waits for it, at most for some time.
func (r *execReporter) Close() error {
	if r.waited {
		return nil
	}
	r.waited = true
	errs := []error{r.err, r.in.Close()}
	if r.err != nil {
		r.cancel()
	}
	timer := time.AfterFunc(r.patience, r.cancel)
	err := r.cmd.Wait()
	if !timer.Stop() {
		err = fmt.Errorf("it did not end within %v of the end of its input", r.patience)
	}
	r.cancel()
	if err != nil && r.err == nil {
		errs = append(errs, fmt.Errorf("reporter: %s: %w", r.label, err))
	}
	if r.printed != nil {
		_, err := r.o.Writer.Write(r.printed.Bytes())
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
