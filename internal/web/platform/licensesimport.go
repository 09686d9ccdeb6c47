package platform

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// The kinds of jobs that these pages start.
const (
	jobCreate = "create licenses"
	jobCheck  = "check an import" // a dry run
	jobImport = "import licenses"
)

const (
	maxImportFile = 64 << 20         // bytes
	uploadWait    = 10 * time.Minute // for a file to arrive
	importKept    = time.Hour        // how long a file waits for its import
	maxImports    = 50               // files that are kept at a time
)

// importForm is the form of an import.
type importForm struct {
	product, policy, order, format string
	products                       []office.Product
}

// importLicenses shows the form.
func (v *visit) importLicenses() error {
	f := &importForm{product: v.input.Text("product")}
	if err := v.importChoices(f); err != nil {
		return err
	}
	return v.draw(v.t("Import licenses"), importPage(f, nil))
}

func (v *visit) importChoices(f *importForm) (err error) {
	if f.products, err = v.productChoices(false); err != nil {
		return err
	}
	if p := productCalled(f.products, f.product); p != nil {
		f.product = productRef(p)
	}
	return nil
}

// licenseImportTemplate is a file to fill in.
func (v *visit) licenseImportTemplate() error {
	out := &licensesDownload{v: v, media: "text/csv; charset=utf-8", name: "licenses-template.csv"}
	_, err := io.WriteString(out, "key,level,duration,expires_at,max_activations,status,note,order,customer\r\n"+
		"ACME-0001-EXAMPLE,1,1y,,2,not used,a year from its first use,,\r\n"+
		"ACME-0002-EXAMPLE,1,,2030-12-31,unlimited,used,to a fixed end,order-1001,buyer@example.com\r\n"+
		"ACME-0003-EXAMPLE,,none,,,suspended,for ever,,\r\n")
	return out.end(err)
}

// checkLicenseImport takes the file, and begins to look what would come of it: nothing is made yet.
func (v *visit) checkLicenseImport() error {
	_ = http.NewResponseController(v.w).SetReadDeadline(time.Now().Add(uploadWait)) // A file takes longer to arrive than a form.
	f := &importForm{}
	kept, err := v.keepImport(f)
	if err == nil {
		var id office.JobID
		if id, err = v.runImport(kept, true); err == nil {
			v.p.imports.keep(id, kept, v.p.d.Now())
			return v.redirect("/licenses/jobs?job=" + idText(int64(id)))
		}
		kept.release()
	}
	if _, ok := newLicensesFaults(err); !ok {
		return err
	}
	if err := v.importChoices(f); err != nil {
		return err
	}
	e := license.Describe(err)
	faults := web.Faults{"": web.Sentence(e.Message)}
	switch e.Field {
	case "file", "product", "policy", "order", "format":
		faults = web.Faults{e.Field: web.Sentence(e.Message)}
	}
	if e.Reason == license.ProductUnknown {
		faults = web.Faults{"product": web.Sentence(e.Message)}
	} else if e.Code == license.NotFound {
		faults = web.Faults{"policy": web.Sentence(e.Message)}
	}
	return v.write(statusOf(err), v.t("Import licenses"), importPage(f, faults))
}

// keepImport reads the form and copies its file to where nobody else sees it.
func (v *visit) keepImport(f *importForm) (*keptImport, error) {
	file, err := v.upload("file", maxImportFile)
	in := v.input
	f.product, f.policy, f.order, f.format = in.Text("product"), in.Text("policy"), in.Text("order"), in.Text("format")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// What cannot be is said before a file is kept for it.
	p, err := v.p.d.Office.FindProduct(v.Context(), v.actor, f.product)
	if err != nil {
		return nil, err
	}
	if f.policy != "" {
		if _, err := v.p.d.Office.FindPolicy(v.Context(), v.actor, idText(int64(p.ID)), f.policy); err != nil {
			return nil, err
		}
	}
	copied, err := os.CreateTemp("", "licet-import-*")
	if err != nil {
		return nil, license.Wrap(license.Unavailable, "the file cannot be kept; try again later", err)
	}
	_ = os.Remove(copied.Name()) // It goes with the process, whatever happens. Where it cannot go before it is closed, it stays.
	size, err := io.Copy(copied, file)
	if err != nil {
		_ = copied.Close() // It is of no use.
		return nil, license.Wrap(license.Unavailable, "the file cannot be kept; try again later", err)
	}
	return &keptImport{tenant: v.actor.Tenant, user: v.actor.User, file: copied, holders: 1, in: office.Import{
		Size: size, Format: office.ImportFormat(f.format), Product: idText(int64(p.ID)), Policy: f.policy, Order: f.order,
	}}, nil
}

// runImport starts an import, or its dry run, behind a progress bar.
func (v *visit) runImport(kept *keptImport, dry bool) (office.JobID, error) {
	in := kept.in
	in.DryRun = dry
	kind := jobImport
	if dry {
		kind = jobCheck
	}
	o, actor := v.p.d.Office, v.actor
	kept.hold()
	id, err := o.StartJob(v.Context(), actor, kind, 0, func(ctx context.Context, progress func(done, total int64)) (string, error) {
		defer kept.release()
		in.Source = io.NewSectionReader(kept.file, 0, in.Size)
		result, err := o.ImportLicenses(ctx, actor, in, progress)
		if err != nil && result.Made == 0 {
			return "", err
		}
		report := importReport{ImportResult: result, Stopped: sentenceOf(err)}
		return report.text(), nil
	})
	if err != nil {
		kept.release()
	}
	return id, err
}

func sentenceOf(err error) string {
	if err == nil {
		return ""
	}
	return web.Sentence(license.Describe(err).Message)
}

// startLicenseImport makes the licenses of a file that was looked at.
func (v *visit) startLicenseImport() error {
	n, _ := license.ParseID(v.input.Text("job"))
	kept := v.p.imports.find(office.JobID(n), v.actor)
	if kept == nil {
		v.say(web.Warn, "The file is not here any more. Choose it again.")
		return v.redirect("/licenses/import")
	}
	id, err := v.runImport(kept, false)
	if err != nil {
		return err
	}
	v.p.imports.drop(office.JobID(n))
	return v.redirect("/licenses/jobs?job=" + idText(int64(id)))
}

// importReport is what came of an import, as a job keeps it.
type importReport struct {
	office.ImportResult
	Stopped string `json:"stopped,omitempty"` // why the rest of the file was not looked at
}

// maxReport is how long the text of a report is at most: a job keeps 64 KiB.
const maxReport = 60_000

// text writes a report; where it would be too long, with fewer of its lists.
func (r importReport) text() string {
	for most := 200; ; most /= 2 {
		r.Errors = r.Errors[:min(len(r.Errors), most)]
		r.Differences = r.Differences[:min(len(r.Differences), most)]
		r.Warnings = r.Warnings[:min(len(r.Warnings), most)]
		text, err := json.Marshal(r)
		if err == nil && len(text) <= maxReport || most == 0 {
			return string(text)
		}
	}
}

// jobView is what the page of a job shows.
type jobView struct {
	job    office.Job
	report *importReport // of an import that has ended
	ready  bool          // the file is still here
	poll   string        // the address of the part that the script asks for until the work has ended; "" in the gallery
}

// licensesJob shows how far a job is, and then what came of it. As a part of the page it is asked for again and again.
func (v *visit) licensesJob() error {
	n, _ := license.ParseID(v.input.Text("job"))
	job, err := v.p.d.Office.FindJob(v.Context(), v.actor, office.JobID(n))
	if err != nil {
		return err
	}
	view := &jobView{
		job: job, ready: v.p.imports.find(job.ID, v.actor) != nil && v.can(identity.WriteLicenses),
		poll: base + "/licenses/jobs?part=yes&job=" + idText(int64(job.ID)),
	}
	if job.State == office.JobDone {
		switch job.Kind {
		case jobCreate:
			if !v.input.Bool("part") {
				return v.redirect("/licenses/made" + job.Result)
			}
		case jobCheck, jobImport:
			view.report = &importReport{}
			if err := json.Unmarshal([]byte(job.Result), view.report); err != nil {
				return license.Wrap(license.Internal, "the report of this job cannot be read", err)
			}
		default:
			return license.Missing("page", v.URL.Path) // It is a job of other pages.
		}
	}
	if v.input.Bool("part") {
		return v.part(jobPart(view))
	}
	return v.draw(v.t(view.title()), jobPage(view))
}

func (j *jobView) title() string {
	switch j.job.Kind {
	case jobCreate:
		return "New licenses"
	case jobCheck:
		return "Check of an import"
	}
	return "Import"
}

// keptImport is a file that was looked at and waits for its import, or is read for it.
type keptImport struct {
	tenant license.TenantID
	user   license.UserID
	in     office.Import // without its Source
	file   *os.File
	at     license.Time

	mu      sync.Mutex
	holders int // guarded by mu
}

func (k *keptImport) hold() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.holders++
}

// release closes the file once nobody holds it.
func (k *keptImport) release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.holders--; k.holders == 0 {
		_ = k.file.Close() // It was only read.
	}
}

// imports are the files that wait, by the job that looked at them: one of each person. They are in this process alone.
type imports struct {
	mu    sync.Mutex // guards files
	files map[office.JobID]*keptImport
}

// keep takes a file over from its holder. An older one of the same person goes, and those that have waited for too long; where too many
// wait, the oldest.
func (i *imports) keep(id office.JobID, k *keptImport, now license.Time) {
	i.mu.Lock()
	defer i.mu.Unlock()
	k.at = now
	var oldest office.JobID
	for other, o := range i.files {
		if o.tenant == k.tenant && o.user == k.user || now.Sub(o.at) > importKept {
			delete(i.files, other)
			o.release()
		} else if oldest == 0 || o.at < i.files[oldest].at {
			oldest = other
		}
	}
	if len(i.files) >= maxImports {
		i.files[oldest].release()
		delete(i.files, oldest)
	}
	if i.files == nil {
		i.files = map[office.JobID]*keptImport{}
	}
	i.files[id] = k
}

// find returns the file that a job looked at, if it is this person's; nil where there is none any more.
func (i *imports) find(id office.JobID, actor identity.Actor) *keptImport {
	i.mu.Lock()
	defer i.mu.Unlock()
	k := i.files[id]
	if k == nil || k.tenant != actor.Tenant || k.user != actor.User {
		return nil
	}
	return k
}

// drop forgets a file, which is closed once its import has read it.
func (i *imports) drop(id office.JobID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if k := i.files[id]; k != nil {
		delete(i.files, id)
		k.release()
	}
}
