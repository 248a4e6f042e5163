// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package wine runs Windows programs on Linux, under Debian's wine, in an installation of their own that is gone afterwards.
package wine

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The programs that are needed. Loader runs a Windows program given as its first argument.
const (
	Loader   = "/usr/lib/wine/wine64"
	server   = "/usr/lib/wine/wineserver64"
	compiler = "x86_64-w64-mingw32-gcc"
)

// Environment is the environment variable that names the folder of a Prefix that runs, for tests of the commands: the check sets it.
const Environment = "TORSION_WINE"

// shim is the source of a library that Go's runtime needs and wine 8 lacks.
//
//go:embed shim/bcryptprimitives.c
var shim string

// Missing tells what has to be installed before Start can work; "" when nothing has.
func Missing() string {
	var packages []string
	if _, err := os.Stat(Loader); err != nil {
		packages = append(packages, "wine64")
	}
	if _, err := exec.LookPath(compiler); err != nil {
		packages = append(packages, "gcc-mingw-w64-x86-64")
	}
	if packages == nil {
		return ""
	}
	return "needs wine64 and a compiler for Windows (Debian: apt-get install " + strings.Join(packages, " ") + ")"
}

// A Prefix is an installation of wine: a folder with drive C and the registry, and a server process.
type Prefix struct {
	dir string
}

// At is the Prefix in a folder that Start was given.
func At(dir string) *Prefix { return &Prefix{dir: filepath.Join(dir, "prefix")} }

// Start makes a Prefix in dir, which has to be there and empty. It takes about 10 seconds and 700 MB.
func Start(ctx context.Context, dir string) (*Prefix, error) {
	p := At(dir)
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Prefix) start(ctx context.Context) error {
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		return fmt.Errorf("wine: %w", err)
	}
	// The first to run would start the server and the services of Windows, which then would hold its output open. Two minutes after the last
	// program has ended the server ends by itself, should nobody end it.
	if err := p.run(ctx, server, "-p120"); err != nil {
		return err
	}
	if err := p.run(ctx, Loader, "wineboot", "--init"); err != nil {
		return err
	}
	dll := filepath.Join(p.dir, "drive_c", "windows", "system32", "bcryptprimitives.dll")
	cmd := exec.CommandContext(ctx, compiler, "-shared", "-O2", "-Wall", "-Werror", "-o", dll, "-x", "c", "-", "-ladvapi32", "-lws2_32")
	cmd.Stdin = strings.NewReader(shim)
	return tell(cmd)
}

// Env is the environment for programs in the prefix: that of this process and what wine reads.
func (p *Prefix) Env() []string {
	return append(os.Environ(),
		"WINEPREFIX="+p.dir,
		"WINEDEBUG=-all",
		// Neither .NET nor a browser, which it would offer to download, nor entries in the menus of the desktop.
		"WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe=d",
		"DISPLAY=",
	)
}

// Close ends whatever runs in the prefix. The folder is left to the caller.
func (p *Prefix) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_ = p.run(ctx, server, "--kill") // fails where none runs
	return p.run(ctx, server, "--wait")
}

func (p *Prefix) run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = p.Env()
	return tell(cmd)
}

// tell runs a command; its error tells what it said. What it said goes into a file, because processes that it leaves behind would hold a pipe open.
func tell(cmd *exec.Cmd) error {
	out, err := os.CreateTemp("", "wine-*.txt")
	if err != nil {
		return fmt.Errorf("wine: %w", err)
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("wine: %s: %w: %s", strings.Join(cmd.Args, " "), err, bytes.TrimSpace(said))
	}
	return nil
}
