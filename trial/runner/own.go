// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/torsion-go/torsion/trial/internal/collect"
	"github.com/torsion-go/torsion/trial/internal/golist"
	"github.com/torsion-go/torsion/trial/internal/proc"
	"github.com/torsion-go/torsion/trial/internal/testjson"
)

// workers returns how many processes run at a time.
func (r *run) workers(jobs int) int {
	n := r.cfg.Workers
	switch {
	case r.cfg.Copies > 1:
		n = r.cfg.Copies
	case n == WorkersAuto:
		n = runtime.GOMAXPROCS(0)
	}
	return max(1, min(n, jobs))
}

// ownJobs builds test binaries and starts them, each job by the worker that is free.
func (r *run) ownJobs(jobs []job) {
	if err := r.build(packagesOf(jobs)); err != nil {
		r.c.Problem("trial", err.Error())
		return
	}
	if r.copies != nil {
		var times []job
		for _, j := range jobs {
			for range r.cfg.Copies {
				times = append(times, j)
			}
		}
		jobs = times
	}
	left := map[*golist.Package]int{} // jobs that have not ended
	var runnable []job
	for _, j := range jobs {
		if r.broken[j.pkg.ImportPath] == nil {
			left[j.pkg]++
			runnable = append(runnable, j)
		}
	}
	for _, p := range r.packages {
		if r.over() {
			return
		}
		switch said := r.broken[p.ImportPath]; {
		case said != nil:
			r.c.BuildFailed(p.ImportPath, said)
			if r.cfg.ExitFirst {
				r.exitFirst()
			}
		case left[p] > 0:
		case p.Error != nil && len(p.TestFiles()) == 0:
			r.c.BuildFailed(p.ImportPath, []byte(p.Error.Err+"\n"))
		default:
			r.c.NoTests(p.ImportPath)
		}
	}
	r.dispatch(runnable, left)
}

// dispatch hands out the jobs.
func (r *run) dispatch(jobs []job, left map[*golist.Package]int) {
	queue := make(chan job) // a job at a time goes to whichever worker is free
	var mu sync.Mutex
	elapsed := map[*golist.Package]time.Duration{} // of packages of which a job has run
	cut := map[*golist.Package]bool{}              // one has not
	var all sync.WaitGroup
	for n := range r.workers(len(jobs)) {
		all.Go(func() { // waited for below
			w, err := r.worker(n)
			if err != nil {
				r.c.Problem("trial", err.Error())
				r.exitFirst()
			}
			for j := range queue {
				started := time.Now()
				ran := w != nil && !r.over()
				if ran {
					w.run(j)
				}
				mu.Lock()
				left[j.pkg]--
				if ran {
					elapsed[j.pkg] += time.Since(started)
				} else {
					cut[j.pkg] = true
				}
				if took, any := elapsed[j.pkg]; any && left[j.pkg] == 0 {
					r.c.ClosePackage(j.pkg.ImportPath, took, !cut[j.pkg])
				}
				mu.Unlock()
			}
			w.close()
		})
	}
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	all.Wait()
}

// A worker runs jobs one after the other. Its folder has out.log, what its processes printed, and err.log, how those ended that did not end well.
type worker struct {
	r        *run
	n        int
	dir      string
	out, err *os.File
	jobs     int
}

func (r *run) worker(n int) (*worker, error) {
	w := &worker{r: r, n: n, dir: r.temp.path(strconv.Itoa(n))}
	err := os.MkdirAll(w.dir, 0o777)
	for name, f := range map[string]**os.File{"out.log": &w.out, "err.log": &w.err} {
		if err == nil {
			*f, err = os.OpenFile(filepath.Join(w.dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
		}
	}
	if err != nil {
		w.close()
		return nil, fmt.Errorf("runner: the folder of worker %d: %w", n, err)
	}
	return w, nil
}

func (w *worker) close() {
	if w == nil {
		return
	}
	for _, f := range []*os.File{w.out, w.err} {
		if f != nil {
			_ = f.Close() // what was written is there
		}
	}
}

// overtime is what a test binary gets to end by itself, once its own time-out is over.
const overtime = time.Minute

// run runs one job.
func (w *worker) run(j job) {
	r := w.r
	w.jobs++
	args := []string{r.binaries[j.pkg.ImportPath], "-test.v=test2json", "-test.paniconexit0", "-test.run=" + j.run}
	args = append(args, r.cfg.testFlags("-test.")...)
	args = append(args, w.measures(j)...)
	args = append(args, r.cfg.TestArgs...)

	s := r.c.Stream(j.pkg.ImportPath, w.n, j.name != "")
	f := testjson.NewFramer(j.pkg.ImportPath, time.Now, testjson.Limits{})
	out := &writer{func(b []byte) {
		_, _ = w.out.Write(b) // a copy: the report has it too
		f.Feed(b)
		events(f, s)
	}}
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if r.cfg.Timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, r.cfg.Timeout+overtime)
	}
	defer cancel()
	err := r.group.Run(ctx, proc.Cmd{Args: args, Dir: j.pkg.Dir, Env: r.environment(), Stdout: out, Stderr: out})
	failure := proc.Failure(err)
	if ctx.Err() != nil {
		failure = "*** Test killed: ran too long (" + (r.cfg.Timeout + overtime).String() + ")."
	}
	f.Exited(failure)
	events(f, s)
	switch {
	case errors.Is(err, proc.ErrHeld):
		fmt.Fprintf(w.err, "%s: it ended, but a child of it keeps its output open\n", j.id())
	case failure != "" && failure != "exit status 1":
		fmt.Fprintf(w.err, "%s: %s\n", j.id(), failure)
	}
}

func events(f *testjson.Framer, s *collect.Stream) {
	for ev := range f.Events() {
		s.Event(ev)
	}
}

// measures are the flags of what is measured in a job.
func (w *worker) measures(j job) []string {
	var flags []string
	name := fileName(j.id().String())
	add := func(flag, folder, ext string) {
		dir := w.r.temp.path(folder)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			_, _ = io.WriteString(w.err, err.Error()+"\n") // the test binary fails to make its file, and says so
		}
		flags = append(flags, "-test."+flag+"="+filepath.Join(dir, name+ext))
	}
	if w.r.cfg.Coverage {
		dir := filepath.Join(w.dir, "coverage")
		if err := os.MkdirAll(dir, 0o777); err != nil {
			_, _ = io.WriteString(w.err, err.Error()+"\n") // as above
		}
		flags = append(flags, "-test.coverprofile="+filepath.Join(dir, strconv.Itoa(w.jobs)+".out"))
	}
	for _, p := range w.r.cfg.Profile {
		add(string(p)+"profile", "profile", "."+string(p))
	}
	if w.r.cfg.Trace {
		add("trace", "trace", ".trace")
	}
	return flags
}
