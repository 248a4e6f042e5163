// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/web"
)

// A Config holds the options of a [Service]. Application has to be given; the other zero fields mean the defaults that they name.
type Config struct {
	// Application is "module:name", "module:name()" for a function that makes the application, or "module", whose application or app it is then.
	Application string
	// Python is the interpreter, version 3.8 or later; "" means that of Virtualenv, or "python3".
	Python string
	// Virtualenv is the directory of a virtual environment.
	Virtualenv string
	// Dir is the working directory of the workers, where Python looks for modules first; "" means that of this process.
	Dir string
	// Path names more directories to look for modules in, after Dir.
	Path []string
	// Env is added to the environment of this process, "NAME=value" each.
	Env []string
	// Workers is how many processes run; 0 means one for each processor.
	Workers int
	// Threads is how many requests a worker serves at a time, on threads; 0 means 1.
	Threads int
	// MaxRequests is how many requests a worker serves before another takes its place, give or take a tenth, so that they do not all end together. 0 means no limit.
	MaxRequests int
	// Queue bounds the requests that wait for a worker, beyond which the answer is 503; 0 means 1000.
	Queue int
	// MaxMemory bounds the address space of each worker in bytes; 0 means no limit. Linux only.
	MaxMemory uint64
	// MaxBody bounds the body of a request in bytes; 0 means the site's Limits.Body; beyond it 413.
	MaxBody int64
	// MaxGather bounds the body of a chunked request, in bytes, which is gathered because applications want to know its length; 0 means 1 MiB; beyond it 411.
	MaxGather int
	// MaxHeader bounds the header of an answer in bytes; 0 means 65536; beyond it 502.
	MaxHeader int
	// User is who the workers run as; nil means as this process does.
	User *process.User
	// Timeouts bounds what can take long.
	Timeouts Timeouts
	// Backoff tells how long to wait before a worker is started again after n failures in a row; one that dies after 10 s of life is started again at once. nil means 100 ms, doubled
	// each time, up to 30 s.
	Backoff service.Backoff
	// Params returns variables that are added to the environ, or take the place of others, for one request. Loop only. nil means none.
	Params func(r *web.Request) map[string]string
	// Logger is told of workers that come and go, of failures, and of what the application writes to standard output and error and to wsgi.errors. nil means slog.Default.
	Logger *slog.Logger
}

// Timeouts bounds what can take long. Zero fields mean their defaults; negative times mean no limit.
type Timeouts struct {
	Start time.Duration // for a worker to load the application; 0 means 60 s
	// Request is for the application to begin its answer, and to go on with it while the client reads. Then the client gets 504, or is cut off, and the worker is replaced,
	// with the stacks of its threads in the log. 0 means 60 s.
	Request time.Duration
	Queue   time.Duration // for a worker to be free; then the client gets 503; 0 means 30 s
	Grace   time.Duration // for what a worker still serves when it has to end; 0 means 30 s
}

var errNoApplication = errors.New(`wsgi: Config.Application is to be "module:name", "module:name()" or "module"`)

var applicationName = regexp.MustCompile(`^[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*(\(\))?)?$`)

func (c Config) prepared() (Config, error) {
	if !applicationName.MatchString(c.Application) {
		return c, fmt.Errorf("%w: it is %q", errNoApplication, c.Application)
	}
	c.Env, c.Path = slices.Clone(c.Env), slices.Clone(c.Path)
	if c.Virtualenv != "" {
		venv, err := filepath.Abs(c.Virtualenv)
		if err != nil {
			return c, fmt.Errorf("wsgi: virtual environment %q: %w", c.Virtualenv, err)
		}
		c.Python = cmp.Or(c.Python, filepath.Join(venv, "bin", "python"))
		c.Env = append([]string{"VIRTUAL_ENV=" + venv, "PATH=" + filepath.Join(venv, "bin") + string(filepath.ListSeparator) + os.Getenv("PATH")}, c.Env...)
	}
	c.Python = cmp.Or(c.Python, "python3")
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, fmt.Errorf("wsgi: directory %q: %w", c.Dir, err)
	}
	c.Dir = dir
	c.Workers = cmp.Or(max(c.Workers, 0), runtime.GOMAXPROCS(0))
	c.Threads = cmp.Or(max(c.Threads, 0), 1)
	c.Queue = cmp.Or(max(c.Queue, 0), 1000)
	t := &c.Timeouts
	t.Start = cmp.Or(t.Start, 60*time.Second)
	t.Request = cmp.Or(t.Request, 60*time.Second)
	t.Queue = cmp.Or(t.Queue, 30*time.Second)
	if t.Grace = cmp.Or(t.Grace, 30*time.Second); t.Grace < 0 {
		t.Grace = 365 * 24 * time.Hour
	}
	if c.Backoff == nil {
		c.Backoff = func(n int) time.Duration { return min(100*time.Millisecond<<min(n-1, 10), 30*time.Second) }
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}

// environment is what the workers get: the last of several values counts for Python.
func (c *Config) environment() []string {
	names := make(map[string]bool)
	for _, v := range c.Env {
		name, _, _ := strings.Cut(v, "=")
		names[name] = true
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return names[name]
	})
	return append(env, c.Env...)
}
