// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/usage"
	"github.com/torsion-go/torsion/logger"
	"github.com/torsion-go/torsion/logger/async"
	"github.com/torsion-go/torsion/logger/jsonlog"
	"github.com/torsion-go/torsion/logger/logfile"
	"github.com/torsion-go/torsion/logger/output"
	"github.com/torsion-go/torsion/logger/slogadapter"
	"github.com/torsion-go/torsion/logger/syslog"
)

// formatCombined is the log format with which a web server writes requests as Apache does, and everything else as text.
const formatCombined = "combined"

var logFormats = []string{app.FormatText, app.FormatJSON, "logfmt", "classic", "twisted", formatCombined}

// closeTime is how long the end of the program waits for who reads its log.
const closeTime = 2 * time.Second

// facilities are the names that --facility takes.
var facilities = map[string]syslog.Facility{
	"kern": syslog.Kern, "user": syslog.User, "mail": syslog.Mail, "daemon": syslog.Daemon, "auth": syslog.Auth, "news": syslog.News, "cron": syslog.Cron,
	"authpriv": syslog.AuthPriv, "ftp": syslog.FTP, "local0": 16, "local1": 17, "local2": 18, "local3": 19, "local4": 20, "local5": 21, "local6": 22, "local7": 23,
}

// logOptions are the options of the log that package app does not have.
type logOptions struct {
	syslog, journald bool
	prefix, facility string
	socket           string // another one for tests; "" means the system's
}

func (l *logOptions) declare(o *usage.Options) {
	*l = logOptions{prefix: "twist", facility: "user"}
	o.Flag(&l.syslog, "syslog", "", "log to the system log instead of a file")
	o.Flag(&l.journald, "journald", "", "log to systemd's journal, each field by itself, instead of a file")
	prefix := o.String(&l.prefix, "prefix", "", "the program's name in the system log or journal")
	var names []string
	for name := range facilities {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return int(facilities[a] - facilities[b]) })
	facility := o.Enum(&l.facility, names, "facility", "", "what kind of program the system log or journal is told of: user, daemon, local0 and so on")
	facility.Metavar = "NAME"
	o.Check(func() error {
		for opt := range o.Each() {
			switch {
			case l.syslog && l.journald:
				return usage.Errorf("--syslog", "leave either this or --journald away")
			case !l.syslog && !l.journald && opt.Given() && (opt == prefix || opt == facility):
				return usage.Errorf("--"+opt.Long, "is for --syslog and --journald")
			case (l.syslog || l.journald) && opt.Given() && (opt.Long == "log-file" || opt.Long == "log-format" || opt.Long == "log-rotate"):
				return usage.Errorf("--"+opt.Long, "is for files and streams: leave it or --syslog and --journald away")
			}
		}
		return nil
	})
}

// open opens the log. Nothing that is logged waits for whoever reads it: a queue of a few thousand lines is between.
func (l *logOptions) open(spec app.LogSpec) (app.Log, error) {
	if l.syslog || l.journald {
		return l.openSystem(spec.Level)
	}
	combined := spec.Format == formatCombined
	if combined {
		spec.Format = app.FormatText
		if spec.File == "" {
			spec.File = "+"
		}
	}
	if spec.MaxSize == 0 {
		spec.MaxSize = -1 // never
	}
	out, err := output.Open(output.Config{
		File: spec.File, Format: spec.Format, Level: spec.Level, Stdout: spec.Stdout, Stderr: spec.Stderr,
		Observer: func(w io.Writer) logger.Observer { return jsonlog.NewObserver(w, jsonlog.Options{}) },
		Rotate:   logfile.Config{MaxSize: spec.MaxSize},
		Async:    true, Queue: async.Config{CloseTimeout: closeTime},
	})
	if err != nil {
		return nil, err
	}
	f := &fileLog{Output: out}
	if combined {
		f.requests = async.NewWriter(spec.Stdout, &async.Config{CloseTimeout: closeTime, Lost: func(n uint64) []byte {
			slog.New(out).Warn("lines about requests were lost: nobody reads them", "n", n)
			return nil
		}})
	}
	return f, nil
}

// A fileLog is a log in a file or stream, and perhaps what requests are written to.
type fileLog struct {
	*output.Output
	requests *async.Writer
	requestFiles
}

// Reopen opens the files again.
func (f *fileLog) Reopen() error { return errors.Join(f.Output.Reopen(), f.reopen()) }

// Rotate begins new files.
func (f *fileLog) Rotate() error { return errors.Join(f.Output.Rotate(), f.rotate()) }

// Close writes what is queued, for closeTime at most, and closes the file.
func (f *fileLog) Close() error {
	if f.requests != nil {
		if err := f.requests.Close(); err != nil {
			slog.New(f).Warn("lines about requests were lost", "error", err)
		}
	}
	return errors.Join(f.close(), f.Output.Close())
}

// requestLog returns what a server writes its requests to if the format is combined, else nil. Writes to it do not block.
func requestLog(env *app.Env) io.Writer {
	if f, ok := env.Log.Handler().(*fileLog); ok && f.requests != nil {
		return f.requests
	}
	return nil
}

func (l *logOptions) openSystem(level slog.Level) (app.Log, error) {
	facility := facilities[l.facility]
	open := syslog.New
	if l.journald {
		open = syslog.NewJournal
	}
	network := ""
	if l.socket != "" {
		network = "unixgram"
	}
	o, err := open(syslog.Config{Network: network, Address: l.socket, AppName: l.prefix, Facility: &facility, Level: level, Queue: async.Config{CloseTimeout: closeTime}})
	if err != nil {
		return nil, fmt.Errorf("the system log: %w", err)
	}
	return &systemLog{Handler: slogadapter.New(o, &slogadapter.Options{Level: level}), observer: o}, nil
}

// A systemLog is syslog or the journal.
type systemLog struct {
	slog.Handler
	observer *syslog.Observer
	requestFiles
}

// Reopen leaves the connection alone, which is made anew when it is lost.
func (s *systemLog) Reopen() error { return s.reopen() }

// Rotate leaves the system's own files to the system.
func (s *systemLog) Rotate() error { return s.rotate() }

// Close sends what is queued, for closeTime at most.
func (s *systemLog) Close() error { return errors.Join(s.close(), s.observer.Close()) }
