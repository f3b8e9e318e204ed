/* The second person, who types his name and password at the first one's screen. */
const ACCOUNT_LENGTH = 32;
const PASSWORD_LENGTH = 128;

/* For a dialogue; none where the configuration asks for no second person. `hint`: who it may be. */
export function secondFields(say, wanted, hint) {
    return !wanted ? [] : [
        { name: 'second_account', label: say('secondAccount'), hint: say(hint), longest: ACCOUNT_LENGTH },
        { name: 'second_password', label: say('secondPassword'), kind: 'password', longest: PASSWORD_LENGTH },
    ];
}

/* The second person's word for one act, out of the values of these fields; undefined without them. */
export async function secondWord(api, act, { second_account: account, second_password: password }) {
    if (account === undefined) return undefined;
    return (await api.post('/api/second', { act, account, password })).second;
}
