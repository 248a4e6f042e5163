// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tags

import "github.com/torsion-go/torsion/web/template"

// The elements that HTML has given up.

// Acronym returns the element acronym.
func Acronym(children ...template.Node) *template.Tag { return template.New("acronym", children...) }

// Applet returns the element applet.
func Applet(children ...template.Node) *template.Tag { return template.New("applet", children...) }

// Basefont returns the element basefont.
func Basefont(children ...template.Node) *template.Tag { return template.New("basefont", children...) }

// Big returns the element big.
func Big(children ...template.Node) *template.Tag { return template.New("big", children...) }

// Center returns the element center.
func Center(children ...template.Node) *template.Tag { return template.New("center", children...) }

// Command returns the element command.
func Command(children ...template.Node) *template.Tag { return template.New("command", children...) }

// Dir returns the element dir.
func Dir(children ...template.Node) *template.Tag { return template.New("dir", children...) }

// Font returns the element font.
func Font(children ...template.Node) *template.Tag { return template.New("font", children...) }

// Frame returns the element frame.
func Frame(children ...template.Node) *template.Tag { return template.New("frame", children...) }

// Frameset returns the element frameset.
func Frameset(children ...template.Node) *template.Tag { return template.New("frameset", children...) }

// Isindex returns the element isindex.
func Isindex(children ...template.Node) *template.Tag { return template.New("isindex", children...) }

// Keygen returns the element keygen.
func Keygen(children ...template.Node) *template.Tag { return template.New("keygen", children...) }

// Noframes returns the element noframes.
func Noframes(children ...template.Node) *template.Tag { return template.New("noframes", children...) }

// Strike returns the element strike.
func Strike(children ...template.Node) *template.Tag { return template.New("strike", children...) }

// Tt returns the element tt.
func Tt(children ...template.Node) *template.Tag { return template.New("tt", children...) }
