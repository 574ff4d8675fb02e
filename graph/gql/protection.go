package gql

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// Protection is a level of protection as the schema spells it.
type Protection model.Protection

func (p Protection) spelt() string {
	return strings.ToUpper(strings.ReplaceAll(model.Protection(p).Notation(), "-", "_"))
}

// MarshalGQL writes a level.
func (p Protection) MarshalGQL(w io.Writer) { writeQuoted(w, p.spelt()) }

// UnmarshalGQL reads a level.
func (p *Protection) UnmarshalGQL(v any) error {
	s, _ := v.(string)
	for l := model.ProtectionNone; l <= model.ProtectionProtectedRegistering; l++ {
		if Protection(l).spelt() == s {
			*p = Protection(l)
			return nil
		}
	}
	return badInput("unknown enum value " + strconv.Quote(s))
}

var _ graphql.Marshaler = Protection(0)

// RaiseProtection raises a person's level. Whom the caller does not see cannot be
// raised: the answer is that there is none.
func (r *mutationResolver) RaiseProtection(ctx context.Context, person model.EntityID, level Protection, reason string) (*StewardResult, error) {
	may := func(*access.View) error { return nil } // whoever sees a person may have it seen by fewer
	return r.onPerson(ctx, person, reason, may, func(actor string) (model.Revision, error) {
		return r.steward.RaiseProtection(ctx, actor, person, model.Protection(level), reason)
	})
}

// LowerProtection lowers a person's level.
func (r *mutationResolver) LowerProtection(ctx context.Context, person model.EntityID, level Protection, reason string) (*StewardResult, error) {
	may := func(v *access.View) error { return v.MayDecide(ctx, person) }
	return r.onPerson(ctx, person, reason, may, func(actor string) (model.Revision, error) {
		return r.steward.LowerProtection(ctx, actor, person, model.Protection(level), reason)
	})
}

func (r *mutationResolver) onPerson(ctx context.Context, person model.EntityID, reason string,
	may func(*access.View) error, change func(actor string) (model.Revision, error),
) (*StewardResult, error) {
	return r.decide(ctx, reason, func(v *access.View) ([]model.EntityID, error) {
		_, err := membersOf(ctx, v, person)
		if err == nil {
			err = may(v)
		}
		return []model.EntityID{person}, err
	}, change)
}

// OpenOffice makes an office public by a decision.
func (r *mutationResolver) OpenOffice(ctx context.Context, role model.EntityID, reference string, from, to *model.Date, reason string) (*StewardResult, error) {
	return r.decide(ctx, reason, r.role(ctx, role), func(actor string) (model.Revision, error) {
		return r.steward.OpenOffice(ctx, actor, role, reference, periodOf(from, to), reason)
	})
}

// CloseOffice closes an office that a decision has made public.
func (r *mutationResolver) CloseOffice(ctx context.Context, role model.EntityID, reason string) (*StewardResult, error) {
	return r.decide(ctx, reason, r.role(ctx, role), func(actor string) (model.Revision, error) {
		return r.steward.CloseOffice(ctx, actor, role, reason)
	})
}

// role is an office that the caller sees and may decide on.
func (r *mutationResolver) role(ctx context.Context, role model.EntityID) func(*access.View) ([]model.EntityID, error) {
	return func(v *access.View) ([]model.EntityID, error) {
		e, err := v.Entity(ctx, role)
		if err == nil && e.Kind != model.Role {
			err = access.ErrNotFound
		}
		if err == nil {
			err = v.MayDecide(ctx, role)
		}
		return []model.EntityID{role}, unknown(err, "there is no role "+role.String())
	}
}

// UnknownProtection is the stewards' list of persons of whom no source has said
// whether they are protected.
func (r *queryResolver) UnknownProtection(ctx context.Context, first *int, after *string) (*PersonConnection, error) {
	args := listArgs{first: first, after: after}
	p, err := r.listNarrowed(ctx, model.Person, args, func(f *access.Filter) { f.UnknownProtection = true })
	return &PersonConnection{p}, err
}

func periodOf(from, to *model.Date) (p model.Period) {
	if from != nil {
		p.From = *from
	}
	if to != nil {
		p.To = *to
	}
	return p
}
