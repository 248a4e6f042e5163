// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/torsion-go/torsion/core/handover"
	"github.com/torsion-go/torsion/core/usage"
)

// runnerOptions are the program's own options, which may stand before or behind the name of the service.
type runnerOptions struct {
	engine   engineOptions
	log      LogSpec
	logFile  string
	rundir   string
	grace    time.Duration
	profile  string
	profiler string
	debug    string
	status   string
	process  processOptions

	successorTimeout time.Duration
}

// DefaultGrace is how long work under way may take when the program stops, unless --grace says otherwise.
const DefaultGrace = 10 * time.Second

// daemonLogSize is from which size on the log of a daemon is rotated that was given no file. Twisted: LogFile.rotateLength.
const daemonLogSize = 1_000_000

func (r *runnerOptions) declare(o *usage.Options, s *session) {
	*r = runnerOptions{grace: DefaultGrace, successorTimeout: handover.DefaultTimeout, profiler: "cpu", log: LogSpec{Stdout: s.stdio.Out, Stderr: s.stdio.Err}}
	o.ConfigFile("config", "", "read options from a file")
	r.engine.declare(o)
	opt := o.String(&r.logFile, "log-file", "", "where to log: - is standard output, + standard error, else a file to append to")
	opt.Default, opt.Complete = "-, of a daemon "+s.app.Name+".log", usage.Files
	opt = o.Enum(&r.log.Format, s.app.LogFormats, "log-format", "", "how to log")
	opt.Default = "text on a terminal, else json"
	opt = o.Var((*levelValue)(&r.log.Level), "log-level", "", "the least level to log")
	opt.Choices, opt.Metavar = levelNames, "LEVEL"
	o.Size(&r.log.MaxSize, "log-rotate", "", "begin a new log file at this size; 0 means never").Default = ""
	if s.app.LogOptions != nil {
		s.app.LogOptions(o)
	}
	o.Duration(&r.grace, "grace", "", "how long work under way may take when the program stops")
	if s.canSucceed() {
		o.Duration(&r.successorTimeout, "successor-timeout", "", "how long a successor may take to start, on SIGUSR2")
	}
	o.String(&r.rundir, "rundir", "", "the folder to run in").Complete = usage.Folders
	r.process.declare(o, s.app.Name)
	o.String(&r.profile, "profile", "", "write a profile to a file at the end").Complete = usage.Files
	o.Enum(&r.profiler, profilers, "profiler", "", "what to profile")
	o.String(&r.debug, "debug", "", "serve live profiles for \"go tool pprof\" at an address of this machine, as 127.0.0.1:6060").Metavar = "ADDRESS"
	o.String(&r.status, "status", "", "tell how the service is, in JSON, to whoever connects to an endpoint, best a UNIX socket").Metavar = "ENDPOINT"
	o.Check(func() error { return r.check(s) })
}

// check makes names absolute, since the folder may change, and refuses what does not go together.
func (r *runnerOptions) check(s *session) (err error) {
	if r.grace < 0 {
		return usage.Errorf("--grace", "%v is negative", r.grace)
	}
	if r.successorTimeout <= 0 {
		return usage.Errorf("--successor-timeout", "%v is not positive", r.successorTimeout)
	}
	if err := r.engine.check(); err != nil {
		return err
	}
	if r.debug != "" {
		if err := checkLoopback(r.debug); err != nil {
			return usage.Errorf("--debug", "%w", err)
		}
	}
	if r.process.daemon {
		switch r.logFile {
		case "-", "+":
			return usage.Errorf("--log-file", "a daemon has no standard streams: name a file")
		case "":
			r.logFile = filepath.Join(r.folder(), s.app.Name+".log")
			if r.log.MaxSize == 0 {
				r.log.MaxSize = daemonLogSize
			}
		}
	}
	r.log.File = r.logFile
	paths := []*string{&r.log.File, &r.profile}
	if r.process.chroot == "" {
		paths = append(paths, &r.rundir)
	}
	for _, path := range paths {
		if *path == "" || *path == "-" || *path == "+" {
			continue
		}
		if *path, err = s.absolute(*path); err != nil {
			return err
		}
		if path == &r.rundir {
			continue
		}
		if *path, err = s.seen(*path); err != nil {
			return err
		}
	}
	if s.from != nil && r.profile != "" { // the predecessor has yet to write its own
		r.profile = fmt.Sprintf("%s.%d", r.profile, os.Getpid())
	}
	return r.process.check(s)
}

// folder returns the one that the service will run in, as it is seen before a chroot.
func (r *runnerOptions) folder() string {
	if r.process.chroot != "" {
		return filepath.Join(r.process.chroot, filepath.Join("/", r.rundir))
	}
	return r.rundir
}

// levelNames are the values of --log-level. Twisted: LogLevel.
var levelNames = []string{"debug", "info", "warn", "error", "critical"}

var levels = []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError, LevelCritical}

// LevelCritical is the level above slog.LevelError.
const LevelCritical = slog.LevelError + 4

type levelValue slog.Level

func (v *levelValue) Set(s string) error {
	for i, name := range levelNames {
		if s == name {
			*v = levelValue(levels[i])
			return nil
		}
	}
	return fmt.Errorf("%q is not debug, info, warn, error or critical", s)
}

func (v *levelValue) String() string {
	for i, l := range levels {
		if l == slog.Level(*v) {
			return levelNames[i]
		}
	}
	return slog.Level(*v).String()
}
