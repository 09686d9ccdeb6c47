package browser

import (
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// state is what the events of a tab tell, in their order.
type state struct {
	frame cdp.FrameID // the main one

	mu    sync.Mutex
	wake  chan struct{} // closed at the next change
	asked bool          // the page wants to be somewhere else
	going cdp.LoaderID  // of the document that is on its way, or ""
	shown cdp.LoaderID  // of the document that is there
	crash bool

	console    []string
	violations []string
	requests   map[network.RequestID]*request
	weights    map[string]int64 // bytes that came over the wire, by URL
	status     int
	dialogs    []string
	downloads  []*download
}

// request is one of the page's.
type request struct {
	url    string
	loader cdp.LoaderID
	kind   network.ResourceType
	bytes  int64
	done   bool
}

// download is a file that the page gave.
type download struct {
	guid, name string
	state      cdpbrowser.DownloadProgressState
}

func newState() *state {
	return &state{wake: make(chan struct{}), requests: map[network.RequestID]*request{}, weights: map[string]int64{}}
}

func (s *state) setFrame(frame cdp.FrameID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frame = frame
}

// changed returns a channel that closes at the next event.
func (s *state) changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wake
}

// listen is called for each event, in order, before the answer to a command that came after it.
func (s *state) listen(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.navigation(event) && !s.traffic(event) && !s.complaint(event) {
		return
	}
	close(s.wake)
	s.wake = make(chan struct{})
}

// navigation follows the main frame from one document to the next.
func (s *state) navigation(event any) bool {
	switch e := event.(type) {
	case *page.EventFrameRequestedNavigation:
		s.asked = s.asked || e.FrameID == s.frame && e.Disposition == page.ClientNavigationDispositionCurrentTab
	case *page.EventFrameStartedNavigating:
		same := e.NavigationType == page.FrameStartedNavigatingNavigationTypeSameDocument ||
			e.NavigationType == page.FrameStartedNavigatingNavigationTypeHistorySameDocument
		if e.FrameID != s.frame {
			break
		}
		s.asked = false
		if !same {
			s.going = e.LoaderID
		}
	case *page.EventNavigatedWithinDocument:
		s.asked = s.asked && e.FrameID != s.frame
	case *page.EventFrameNavigated:
		if e.Frame.ID == s.frame {
			s.shown = e.Frame.LoaderID
		}
	case *page.EventLifecycleEvent:
		if e.FrameID == s.frame && e.Name == "load" && e.LoaderID == s.going {
			s.going = ""
		}
	case *page.EventFrameStoppedLoading:
		// It comes after a load, and instead of one when nothing is to be shown: a download, no content, an end of the connection.
		if e.FrameID == s.frame {
			s.asked, s.going = false, ""
		}
	case *inspector.EventTargetCrashed:
		s.crash = true
	default:
		return false
	}
	return true
}

// traffic counts what comes over the wire.
func (s *state) traffic(event any) bool {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		r := &request{url: e.Request.URL, loader: e.LoaderID, kind: e.Type}
		if old := s.requests[e.RequestID]; old != nil && e.RedirectResponse != nil {
			r.bytes = old.bytes + int64(e.RedirectResponse.EncodedDataLength)
		}
		s.requests[e.RequestID] = r
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument && e.FrameID == s.frame {
			s.status = int(e.Response.Status)
		}
	case *network.EventRequestServedFromCache:
		s.finish(e.RequestID, 0)
	case *network.EventLoadingFinished:
		s.finish(e.RequestID, int64(e.EncodedDataLength))
	case *network.EventLoadingFailed:
		s.finish(e.RequestID, 0)
	default:
		return false
	}
	return true
}

// finish notes the bytes of a request. Nothing comes over the wire for what is in the cache, which counts as much as
// it did when it came.
func (s *state) finish(id network.RequestID, bytes int64) {
	r := s.requests[id]
	if r == nil || r.done {
		return
	}
	r.done = true
	if r.bytes += bytes; r.bytes == 0 {
		r.bytes = s.weights[r.url]
	}
	s.weights[r.url] = r.bytes
}

// complaint keeps what the console says.
func (s *state) complaint(event any) bool {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeError && e.Type != runtime.ConsoleAPICalledTypeAssert {
			return false
		}
		var words []string
		for _, argument := range e.Args {
			word := argument.Description
			if word == "" {
				word = strings.Trim(string(argument.Value), `"`)
			}
			words = append(words, word)
		}
		s.console = append(s.console, strings.Join(words, " "))
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		s.console = append(s.console, fmt.Sprintf("%s (%s:%d)", text, e.ExceptionDetails.URL, e.ExceptionDetails.LineNumber+1))
	case *log.EventEntryAdded:
		// A document that is not there is shown to people, who need no console for it. What its policy forbids is a violation: see below.
		r := s.requests[e.Entry.NetworkRequestID]
		shown := r != nil && r.kind == network.ResourceTypeDocument
		if e.Entry.Level != log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity || shown {
			return false
		}
		s.console = append(s.console, strings.TrimSpace(e.Entry.Text+" "+e.Entry.URL))
	case *audits.EventIssueAdded:
		d := e.Issue.Details.ContentSecurityPolicyIssueDetails
		if d == nil {
			return false
		}
		text := d.ViolatedDirective + " forbids " + string(d.ContentSecurityPolicyViolationType)
		if d.BlockedURL != "" {
			text = d.ViolatedDirective + " forbids " + d.BlockedURL
		}
		if at := d.SourceCodeLocation; at != nil {
			text += fmt.Sprintf(" (%s:%d)", at.URL, at.LineNumber+1)
		}
		s.violations = append(s.violations, text)
	default:
		return false
	}
	return true
}

// faults returns all that the page complained about.
func (s *state) faults() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(append([]string(nil), s.console...), s.violations...)
}

func (s *state) downloadBegins(e *cdpbrowser.EventDownloadWillBegin) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.going = false, ""
	s.downloads = append(s.downloads, &download{guid: e.GUID, name: e.SuggestedFilename})
	close(s.wake)
	s.wake = make(chan struct{})
}

func (s *state) downloadGoesOn(e *cdpbrowser.EventDownloadProgress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.downloads {
		if d.guid == e.GUID {
			d.state = e.State
			close(s.wake)
			s.wake = make(chan struct{})
		}
	}
}
