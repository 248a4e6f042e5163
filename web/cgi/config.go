// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cgi

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/web"
)

// A Config holds the options of a [Handler]. Its zero value means the defaults that the fields name.
type Config struct {
	// Interpreters name, by the extension of a file, what runs it: a program and its first arguments, which the file follows. Files of other extensions run by themselves.
	// Twisted: FilteredScript.
	Interpreters map[string][]string
	// Extensions are those that files in a directory have to have to be run, "" for none; nil means any.
	Extensions []string
	// Index names files that answer for a directory itself; nil means none.
	Index []string
	// Env is added to the environment, "NAME=value" each.
	Env []string
	// Params returns variables that are added, or take the place of others, for one request. Loop only. nil means none.
	Params func(r *web.Request) map[string]string
	// Root is where local redirects lead; nil has the client redirected.
	Root web.Resource
	// User is who programs run as; nil means as this process does.
	User *process.User
	// MaxProcesses bounds the programs at a time; beyond it 503; 0 means 64.
	MaxProcesses int
	// MaxMemory bounds the address space of each process in bytes, and MaxCPU its processor time, in whole seconds; 0 means no limit. Linux only.
	MaxMemory uint64
	MaxCPU    time.Duration
	// MaxBody bounds the body of a request in bytes; 0 means the site's Limits.Body; beyond it 413.
	MaxBody int64
	// MaxGather bounds the body of a chunked request, in bytes, which is gathered because programs have to know its length; 0 means 1 MiB; beyond it 411.
	MaxGather int
	// MaxHeader bounds the header of an answer in bytes; 0 means 65536; beyond it 500.
	MaxHeader int
	// Silence is how long a program may say nothing while the client waits for it; 0 means 60 s, a negative value no limit; beyond it 504.
	Silence time.Duration
	// Time bounds a program's life; beyond it 504, or the answer is cut off; 0 means no limit.
	Time time.Duration
	// Logger is told of failures and of what programs write to standard error: at most 100 lines of 4096 bytes for a request. nil means slog.Default.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	c.MaxProcesses = cmp.Or(max(c.MaxProcesses, 0), 64)
	c.Silence = cmp.Or(c.Silence, time.Minute)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}
