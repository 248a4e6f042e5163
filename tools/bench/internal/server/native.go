// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
)

// nativeSources are the servers in C, which show what the kernel allows on one thread.
//
//go:embed native/*.c native/*.h
var nativeSources embed.FS

// native is a server in C, compiled with flags after the source.
func native(name, about, source string, flags ...string) Engine {
	build := sync.OnceValues(func() (string, error) {
		program, err := compile(source, flags)
		if err != nil {
			return "", err
		}
		if out, err := exec.Command(program, "check").CombinedOutput(); err != nil {
			return "", fmt.Errorf("%v: %s", err, bytes.TrimSpace(out))
		}
		return program, nil
	})
	return Engine{
		Name:  name,
		About: about,
		Works: []Work{TCP, UDP, HTTP},
		Why: func() string {
			if _, err := build(); err != nil {
				return err.Error()
			}
			return ""
		},
		messages: true,
		command: func(s Spec) (*exec.Cmd, func(), error) {
			program, err := build()
			if err != nil {
				return nil, nil, err
			}
			size := 0
			if s.PerMessage {
				size = s.Size
			}
			wait := "sleep"
			if s.Spin > 0 {
				wait = "spin"
			}
			return exec.Command(program, string(s.Work), strconv.Itoa(s.Loops), strconv.Itoa(size), wait), func() {}, nil
		},
	}
}

// compile returns the program made of a source, from the user's cache if it has been made before.
func compile(source string, flags []string) (string, error) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		return "", errors.New("gcc is not installed")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	err = eachSource(func(name string, text []byte) error {
		_, err := fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
		return err
	})
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "torsion-bench")
	program := filepath.Join(dir, source+"-"+hex.EncodeToString(hash.Sum(nil)[:8]))
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(dir, "build")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	err = eachSource(func(name string, text []byte) error { return os.WriteFile(filepath.Join(work, name), text, 0o644) })
	if err != nil {
		return "", err
	}
	cmd := exec.Command(gcc, append([]string{"-O2", "-pthread", "-o", "program", source}, flags...)...)
	cmd.Dir = work
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("gcc: %v: %s", err, firstLine(out))
	}
	return program, os.Rename(filepath.Join(work, "program"), program) // whole at once: another process may be doing the same
}

func eachSource(f func(name string, text []byte) error) error {
	return fs.WalkDir(nativeSources, "native", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := nativeSources.ReadFile(path)
		if err != nil {
			return err
		}
		return f(d.Name(), text)
	})
}

// firstLine is what gcc says first, such as that a header is not there.
func firstLine(p []byte) []byte {
	line, _, _ := bytes.Cut(bytes.TrimSpace(p), []byte("\n"))
	return line
}

// The compiled programs are looked for once in the life of the process.
var (
	nativeEpoll = native("c-epoll", "C over epoll, edge-triggered; UDP by recvmmsg and sendmmsg; HTTP by a minimal parser", "epoll.c")
	nativeUring = native("c-uring", "C over io_uring by liburing; UDP by recvmmsg and sendmmsg; HTTP by a minimal parser", "uring.c", "-luring")
)
