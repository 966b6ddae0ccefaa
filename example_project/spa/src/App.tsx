import { useEffect, useState } from "react";

import { auth, useSession } from "./auth";

type Me = { id: string; cookies: string[] };

// A path is sent to the site, with the session token. If the session has ended, auth.fetch logs
// in again.
async function fetchMe(): Promise<Me> {
  const response = await auth.fetch("/api/me/");
  if (!response.ok) throw new Error(`/api/me/ answered ${response.status}`);
  return response.json();
}

function useMe(userId: string | null) {
  const [me, setMe] = useState<Me | null>(null);
  useEffect(() => {
    let isCurrent = true;
    setMe(null);
    // The page shows the user without this answer, so ignore a failure.
    if (userId) fetchMe().then((found) => isCurrent && setMe(found), () => undefined);
    return () => {
      isCurrent = false;
    };
  }, [userId]);
  return me;
}

function Visitor({ userId, name }: { userId: string; name?: string | null }) {
  const me = useMe(userId);
  return (
    <>
      <h1>Hello, {name ?? "viewer"}</h1>
      {me && (
        <p id="me">
          The site knows you as user {me.id}, by {me.cookies.length} cookies and one token.
        </p>
      )}
      {!name && <Action label="Show my name" act={() => auth.authorize()} />}
      <Action label="Log out" act={() => auth.logout()} />
    </>
  );
}

// `session.error` shows the failure, also that of a silent login.
function Action({ label, act }: { label: string; act: () => Promise<unknown> }) {
  const [isBusy, setBusy] = useState(false);
  const press = () => {
    setBusy(true);
    act().catch(() => undefined).finally(() => setBusy(false));
  };
  return <button onClick={press} aria-disabled={isBusy} aria-busy={isBusy}>{label}</button>;
}

export function App() {
  const { userId, ttminis, error } = useSession();
  return (
    <main>
      {userId ? (
        <Visitor key={userId} userId={userId} name={ttminis?.profile?.display_name} />
      ) : (
        <>
          <h1>You are logged out</h1>
          <Action label="Log in with TikTok" act={() => auth.login()} />
        </>
      )}
      <p role="status">{error?.message}</p>
    </main>
  );
}
