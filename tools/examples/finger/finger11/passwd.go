// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"bufio"
	"context"
	"strings"

	"github.com/torsion-go/torsion/core/app"
	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/core/usage"
)

// passwd puts a user into the file of passwords. It reads the password from standard input: arguments can be seen by everybody.
var passwd = app.Command{
	Name:  "passwd",
	Short: "Set the password of a user",
	New: func(o *usage.Options) func(ctx context.Context, stdio app.Stdio) error {
		file, name := "passwords", ""
		o.String(&file, "passwords", "p", "file of names and hashes")
		o.Argument(&name, "NAME", "the user")
		return func(_ context.Context, stdio app.Stdio) error {
			line, err := bufio.NewReader(stdio.In).ReadString('\n')
			if err != nil {
				return err
			}
			return password.File{Path: file}.Set(name, strings.TrimRight(line, "\r\n"))
		}
	},
}
