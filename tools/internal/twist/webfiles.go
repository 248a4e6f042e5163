// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/torsion-go/torsion/core/usage"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/cgi"
	"github.com/torsion-go/torsion/web/fastcgi"
	"github.com/torsion-go/torsion/web/script"
	"github.com/torsion-go/torsion/web/static"
)

// webFiles are the options of "twist web" that concern files.
type webFiles struct {
	index, extensions   []string
	mimeType            string
	anyExtension        bool
	processors          []processor
	noListing, dotfiles bool
	cacheControl        string
	openFiles           int
}

// A processor answers in place of files with an extension.
type processor struct{ extension, kind, argument string }

func (f *webFiles) declare(o *usage.Options) {
	index := o.Strings(&f.index, "index", "", "file that stands for its folder")
	index.Metavar, index.Default = "NAME", "index.html, index.htm"
	o.String(&f.mimeType, "mime-type", "", "type of files whose name does not tell it").Metavar = "TYPE"
	ignore := func(ext string) error {
		f.extensions = append(f.extensions, "."+strings.TrimPrefix(ext, "."))
		return nil
	}
	o.Var(&repeated{ignore, func() { f.extensions = nil }}, "ignore-ext", "", "extension that may be left away in requests, as .html").Metavar = "EXT"
	o.Flag(&f.anyExtension, "allow-ignore-ext", "", "any extension may be left away")
	o.Var(&repeated{f.addProcessor, func() { f.processors = nil }}, "processor", "", "have programs answer in place of files with an extension; see below").Metavar = "EXT=WHAT"
	o.Flag(&f.noListing, "no-listing", "", "do not list folders that have no index")
	o.Flag(&f.dotfiles, "dotfiles", "", "serve and list names that begin with a dot, too")
	o.String(&f.cacheControl, "cache-control", "", `what caches are told of files, as "max-age=3600"`).Metavar = "VALUE"
	o.Int(&f.openFiles, "open-files", "", "how many files are kept open, which saves looking them up; changes are seen a second later").Default = ""
}

// addProcessor takes EXT=WHAT.
func (f *webFiles) addProcessor(text string) error {
	ext, what, ok := strings.Cut(text, "=")
	ext = "." + strings.ToLower(strings.TrimPrefix(ext, "."))
	kind, argument, _ := strings.Cut(what, ":")
	known := []string{"cgi", "php", "fastcgi", "template"}
	switch {
	case !ok || ext == "." || strings.ContainsAny(ext[1:], "./"):
		return fmt.Errorf("%q is not EXT=WHAT, as php=fastcgi:unix:/run/php-fpm.sock", text)
	case what == "php":
		kind, argument = "cgi", "php-cgi"
	case kind == "fastcgi" && argument == "":
		return fmt.Errorf("%s: the endpoint is missing: fastcgi:unix:/run/php-fpm.sock, say", ext)
	case kind != "cgi" && kind != "fastcgi" && what != "template":
		if near := usage.Nearest(kind, known); near != "" {
			return fmt.Errorf("%s: there is no %q: did you mean %s?", ext, what, near)
		}
		return fmt.Errorf("%s: %q is not cgi, cgi:COMMAND, php, fastcgi:ENDPOINT or template", ext, what)
	}
	f.processors = append(f.processors, processor{ext, kind, argument})
	return nil
}

// files makes a resource of a folder. depth is how many segments lead to it.
func (p *webParts) files(t target, depth int) (web.Resource, error) {
	dir, err := filepath.Abs(t.argument)
	if err != nil {
		return nil, err
	}
	f := &p.webOptions.files
	c := static.Config{
		Index: f.index, DefaultType: f.mimeType, Extensions: f.extensions, Listing: !f.noListing, Dotfiles: f.dotfiles, CacheControl: f.cacheControl, OpenFiles: f.openFiles,
		Precompressed: true, Processors: map[string]func(string) web.Resource{},
	}
	if f.anyExtension {
		c.Extensions = append(c.Extensions, "*")
	}
	interpreters := map[string][]string{}
	programs := cgi.Directory(dir, cgi.Config{Interpreters: interpreters, Logger: p.env.Log, Root: cgiRoot(p)})
	for _, x := range f.processors {
		switch x.kind {
		case "cgi":
			if words := strings.Fields(x.argument); len(words) > 0 {
				interpreters[x.extension] = words
			}
			c.Processors[x.extension] = func(path string) web.Resource { return program(programs, dir, path, depth) }
		case "template":
			templates := script.New(script.Config{Compilers: map[string]script.Compiler{x.extension: script.HTML(nil, nil)}})
			c.Processors[x.extension] = templates.Processors()[x.extension]
		case "fastcgi":
			if err := p.checkClient(x.argument); err != nil {
				return nil, &usage.Error{Option: "--processor", Err: err}
			}
			scripts, err := fastcgi.New(x.argument, fastcgi.Config{Logger: p.env.Log, Local: cgiRoot(p), Params: func(r *web.Request) map[string]string {
				path, _ := scriptKey.Get(r)
				return map[string]string{"SCRIPT_FILENAME": path, "DOCUMENT_ROOT": dir, "REDIRECT_STATUS": "200"}
			}})
			if err != nil {
				return nil, &usage.Error{Option: "--processor", Err: err}
			}
			c.Processors[x.extension] = func(path string) web.Resource {
				return web.LeafFunc(func(r *web.Request) {
					scriptKey.Set(r, path)
					web.Dispatch(scripts, r)
				})
			}
		}
	}
	files, err := static.Dir(dir, c)
	if err != nil {
		return nil, err
	}
	p.ends("files", func() { files.Close() })
	p.env.Log.Info("web: serving", "path", dir)
	return files, nil
}

// scriptKey names the file that a FastCGI application runs.
var scriptKey = web.NewKey[string]("script")

// program returns what runs a file in dir. All run by one handler, whose limits hold for all.
func program(programs *cgi.Handler, dir, path string, depth int) web.Resource {
	name, err := filepath.Rel(dir, path)
	if err != nil {
		return nil
	}
	return web.LeafFunc(func(r *web.Request) {
		r.PostPath = append(strings.Split(filepath.ToSlash(name), "/"), r.PostPath...) // it may be an index, or have lost its extension
		r.PrePath = r.PrePath[:depth:depth]
		web.Dispatch(programs, r)
	})
}
