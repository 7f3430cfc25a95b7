import { useEffect, useState } from 'react';

/** A value that did not change for a moment: nobody is asked about every letter. An object must be the same one as long as it says the same. */
export function useSettled<T>(value: T, afterMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), afterMs);
    return () => clearTimeout(timer);
  }, [value, afterMs]);
  return settled;
}
