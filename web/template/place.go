// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"fmt"
	"strings"
)

// contentPlace returns the place of the children of t, which stands at w.
func contentPlace(t *Tag, w place) place {
	if w.text == bare {
		w.text = content // a tag in an attribute
	}
	if w.sink != nil {
		return w
	}
	switch name := strings.ToLower(t.Name); name {
	case "script", "style":
		w.text = raw
		w.sink = &gather{level: w.level, element: name, kind: scriptType(t)}
	case "title", "textarea", "iframe", "noembed", "noframes", "noscript", "xmp", "plaintext":
		w.rcdata = true
	}
	return w
}

// scriptType returns the type attribute of a script in so far as html/template has to know it.
func scriptType(t *Tag) string {
	for _, a := range t.Attrs {
		if !strings.EqualFold(a.Name, "type") {
			continue
		}
		s := strings.ToLower(strings.TrimSpace(fmt.Sprint(a.Value)))
		switch {
		case s == "importmap", s == "speculationrules", strings.HasSuffix(s, "+json"), strings.HasSuffix(s, "/json"):
			return "application/json"
		case strings.HasPrefix(s, "text/x-") || strings.Contains(s, "template") || s == "text/plain" || s == "text/html":
			return "text/plain"
		}
	}
	return ""
}

// attrPlace returns the place of the value of an attribute of t, which stands at w.
func attrPlace(t *Tag, name string, w place) place {
	if w.sink != nil {
		if w.text == bare {
			w.text = content
		}
		return w
	}
	w = place{level: w.level + 1, text: bare}
	name = strings.ToLower(name)
	_, data := strings.CutPrefix(name, "data-")
	name = strings.TrimPrefix(name[strings.LastIndexByte(name, ':')+1:], "data-")
	switch {
	case name == "style" && !data:
		w.sink = &gather{level: w.level, attr: "style"}
	case strings.HasPrefix(name, "on") && !data:
		w.sink = &gather{level: w.level, attr: "onclick"}
	case name == "srcdoc":
		w.text = content // a document: its text is escaped for it, and then for the attribute
	case isURLList(t, name):
		w.sink = &urlList{level: w.level}
	case isURL(name):
		w.sink = &urlSink{level: w.level}
	}
	return w
}

// isURL reports whether attributes of that name are URLs: those of HTML and SVG, and what looks like one.
func isURL(name string) bool {
	switch name {
	case "action", "background", "cite", "classid", "codebase", "code", "data", "formaction", "href", "icon", "longdesc", "manifest", "poster", "profile", "usemap":
		return true
	case "srclang":
		return false
	}
	return strings.Contains(name, "src") || strings.Contains(name, "uri") || strings.Contains(name, "url")
}

// isURLList reports whether they are several URLs, or have some in them.
func isURLList(t *Tag, name string) bool {
	switch name {
	case "srcset", "imagesrcset", "ping", "archive":
		return true
	case "content": // of <meta http-equiv="refresh">
		for _, a := range t.Attrs {
			if strings.EqualFold(a.Name, "http-equiv") {
				return true
			}
		}
	case "to", "from", "by", "values": // of SVG's animations, which can change a link
		switch strings.ToLower(t.Name[strings.LastIndexByte(t.Name, ':')+1:]) {
		case "animate", "set", "animatetransform", "animatemotion", "animatecolor":
			return true
		}
	}
	return false
}
