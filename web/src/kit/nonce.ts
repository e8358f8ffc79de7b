/** The nonce under which the server allows the style elements of this page. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce

/**
 * Gives the nonce to each style element that a script creates. The components take it as a setting, but not those parts
 * of them that measure scroll bars and lock the page behind a dialog.
 */
export function allowStyles(): void {
  const create = document.createElement.bind(document)
  document.createElement = ((tag: string, options?: ElementCreationOptions) => {
    const element = create(tag, options)
    if (element instanceof HTMLStyleElement && nonce) element.nonce = nonce
    return element
  }) as typeof document.createElement
}
