// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/form"
)

// post takes a note, from who has logged in.
func (b *board) post(r *web.Request) {
	author := b.login.user(r)
	if author == "" {
		r.Error(http.StatusForbidden, "Log in first.")
		return
	}
	web.Later(r, form.Parse(r, form.Config{MaxSize: 8 << 20}), func(f *form.Form) {
		n := note{Author: author, Text: strings.TrimSpace(f.Values.Get("text"))}
		if n.Text == "" || len(n.Text) > 1000 {
			r.Error(http.StatusUnprocessableEntity, "A note has 1 to 1000 bytes.")
			return
		}
		web.Later(r, b.keep(f.Files["picture"]), func(name string) {
			n.Picture = name
			b.add(n)
			r.Redirect(http.StatusSeeOther, "/")
		})
	})
}

// kinds are the pictures that are taken, and the extensions of their files.
var kinds = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}

// keep moves a picture into the folder, and fires with the name it has there, or "" if there is none.
func (b *board) keep(files []*form.File) *deferred.Deferred[string] {
	if len(files) == 0 {
		return deferred.SucceedOn(b.threads, "")
	}
	return deferred.ToThread(b.threads, func() (string, error) {
		f, err := files[0].Open()
		if err != nil {
			return "", err
		}
		head := make([]byte, 512)
		n, err := io.ReadFull(f, head)
		f.Close()
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return "", err
		}
		extension, ok := kinds[http.DetectContentType(head[:n])] // what the client says counts for nothing
		if !ok {
			return "", &web.Problem{Status: http.StatusUnsupportedMediaType, Detail: "Pictures are PNG, JPEG, GIF or WebP."}
		}
		name := rand.Text() + extension
		return name, files[0].Move(filepath.Join(b.dir, name))
	})
}
